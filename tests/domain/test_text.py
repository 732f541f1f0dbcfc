"""What the SMS says, in whose words and in which language."""

import pytest

from app.domain.template import read_template
from app.domain.text import SmsTemplates, exceeds_segments, is_misleading, is_safe_reference, too_long_for_android
from app.domain.transliteration import Transliteration
from tests.support.autofill import bound_code


def texts(table):
    return {
        purpose: {locale: read_template(f"{{code}} {word}") for locale, word in by_locale.items()}
        for purpose, by_locale in table.items()
    }


FIRST_FIVE = ", ".join(f"{letter} (U+{ord(letter):04X})" for letter in "абвгд")
SHIPPED = texts({"*": {"en": "shipped en", "nl": "shipped nl", "pt-BR": "shipped pt"}})["*"]


def templates(*own, **more):
    return SmsTemplates("Acme", "login.example.com", own=[*map(texts, own)], shipped=SHIPPED, **more)


def said(templates, purpose, locale):
    return templates.template(purpose, locale).partition("\n")[0].removeprefix("{code} ")


@pytest.mark.parametrize(
    ("own", "service", "locale", "found"),
    [
        ({}, {}, "nl", "shipped nl"),
        ({}, {}, "nl-BE", "shipped nl"),
        ({}, {}, "xx", "shipped en"),
        ({}, {}, "", "shipped en"),
        ({"login": {"nl": "app"}}, {"login": {"nl": "service"}}, "nl", "app"),
        ({"login": {"de": "app"}}, {"login": {"nl": "service"}}, "nl", "service"),
        ({"*": {"nl": "app"}}, {"login": {"nl": "service"}}, "nl", "app"),
        ({"signup": {"nl": "app"}}, {}, "nl", "shipped nl"),
        ({"login": {"nl": "login"}, "*": {"nl": "any"}}, {}, "nl", "login"),
        ({"login": {"*": "all others"}}, {}, "nl", "all others"),
        ({"login": {"*": "all others", "nl": "dutch"}}, {}, "nl", "dutch"),
        ({"login": {"en": "english"}}, {}, "nl", "shipped nl"),
        ({"login": {"en": "english"}}, {}, "xx", "english"),
        ({"login": {"nl-NL": "app"}}, {}, "nl", "app"),
        ({"login": {"zh-TW": "app"}}, {}, "zh-Hant", "app"),
        ({"login": {"iw": "app"}}, {}, "he", "app"),
        ({"login": {"NL": "app"}}, {}, "nl", "app"),
    ],
)
def test_the_nearest_text_counts(own, service, locale, found):
    """The app's before the service's before ours, the purpose's before that of all, a language's before that of all."""
    assert said(templates(own, service), "login", locale) == found


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        (["nl"], "nl"),
        (["NL-be", "en"], "nl"),
        (["xx", "pt-BR", "nl"], "pt-BR"),
        (["fr", "nl"], "fr"),
        (["xx", "yy"], ""),
        ([], ""),
        (["*"], ""),
    ],
)
def test_the_first_wanted_language_that_there_is_a_text_in_is_spoken(wanted, spoken):
    assert templates({"login": {"fr": "own"}}).speaks(wanted, purpose="login") == spoken


def test_what_a_text_for_all_languages_hides_is_not_spoken():
    """The shipped Dutch would never be sent, so who reads Dutch and French is written to in French."""
    own = templates({"login": {"fr": "own", "*": "other"}})

    assert own.speaks(["nl", "fr"], purpose="login") == "fr"
    assert own.speaks(["nl", "fr"], purpose="signup") == "nl"


@pytest.mark.parametrize(
    ("valid_for", "minutes"),
    [(600, "10"), (300, "5"), (299, "5"), (285, "5"), (284, "4"), (105, "2"), (104, "1"), (29, "1"), (0, "1")],
)
def test_the_life_of_the_code_is_told_in_minutes_at_most_a_quarter_too_much(valid_for, minutes):
    text = templates().write(read_template("{code} {minutes} min"), code="042137", valid_for=valid_for)

    assert text.startswith(f"042137 {minutes} min\n")


def test_an_sms_is_spelled_as_the_setting_says():
    template = read_template("{code} \u2013 za\u017c\u00f3\u0142\u0107")

    assert (
        templates(spelling=Transliteration.LETTERS).write(template, code="1", valid_for=60).startswith("1 - zazolc\n")
    )
    assert (
        templates(spelling=Transliteration.OFF).write(template, code="1", valid_for=60).startswith("1 \u2013 za\u017c")
    )


@pytest.mark.parametrize("code", ["0000", "042137", "1234567890"])
@pytest.mark.parametrize("android_hash", ["", "FA+9qCX9VSu"])
def test_browsers_find_code_and_host_in_the_last_line(code, android_hash):
    text = templates(android_hash=android_hash).write(SHIPPED["en"], code=code, valid_for=300)

    assert bound_code(text) == ("login.example.com", code)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a" * 160, ""),
        ("a" * 161, "takes 2 SMS in GSM-7, and may take 1"),
        ("ж" * 134, ""),
        ("ж" * 135, "takes 3 SMS in UCS-2, and may take 2; not in GSM-7: ж (U+0436)"),
        ("\u2019" + "a" * 134, "takes 3 SMS in UCS-2, and may take 2; not in GSM-7: \u2019 (U+2019)"),
        ("абвгдеж" * 20, f"takes 3 SMS in UCS-2, and may take 2; not in GSM-7: {FIRST_FIVE}, others"),
    ],
    ids=ascii,
)
def test_a_text_that_is_too_long_is_told_by_the_letters_that_cost(text, fault):
    assert exceeds_segments(text, gsm7=1, ucs2=2) == fault


@pytest.mark.parametrize(("text", "fits"), [("a" * 140, True), ("a" * 141, False), ("ж" * 70, True), ("ж" * 71, False)])
def test_what_an_android_app_reads_has_140_bytes(text, fits):
    """In UTF-8, as its Java counts, whatever the SMS was sent in."""
    fault = too_long_for_android(text)

    assert (fault == "") is fits
    assert fits or "140" in fault


@pytest.mark.parametrize(
    ("reference", "tellable"),
    [
        ("cart-77", True),
        ("Order 10023", True),
        ("a" * 20, True),
        ("123", True),
        ("12345678901", True),
        ("a" * 21, False),
        ("654321", False),
        ("1234", False),
        ("bit.ly/3xYz", False),
        ("wa.me", False),
        ("http://a", False),
        ("a:b", False),
        ("-a", False),
        ("a ", False),
        ("", False),
        ("\u0661\u0662", False),
    ],
)
def test_no_link_and_no_second_code_can_stand_in_an_sms(reference, tellable):
    """Phones make links of a dot between letters, and take digits alone for the code."""
    assert is_safe_reference(reference) is tellable


@pytest.mark.parametrize(
    ("above", "misleads"),
    [
        ("042137 is your code.", False),
        ("042137 from mail@example.com #1", False),
        ("042137 for @evil.example #000000", True),
        ("@evil.example #000000\n042137", True),
        ("042137 for\u00a0@evil.example  #0", True),
    ],
)
def test_what_a_browser_could_take_for_the_autofill_line_is_seen(above, misleads):
    """Chromium reads the first such words, not the last line."""
    assert is_misleading(f"{above}\n\n@login.example.com #042137") is misleads


def test_a_text_that_shows_a_reference_is_passed_over_where_that_cannot_be_shown():
    """A record that is older than the text holds whatever its caller liked."""
    own = templates({"order": {"*": "for {reference}"}})

    assert said(own, "order", "nl") == "shipped nl"
    assert own.template("order", "nl", reference="cart-77").startswith("{code} for {reference}")
    assert own.template("order", "nl", reference="evil.example/win") == own.template("login", "nl")


def test_a_reference_is_shown_where_a_text_of_the_purpose_has_it():
    own = templates({"order": {"nl": "for {reference}"}})

    assert own.shows_reference("order")
    assert not own.shows_reference("login")
