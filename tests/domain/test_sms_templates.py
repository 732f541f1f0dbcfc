"""SMS texts: choice of template and language, rendering, and size checks."""

import pytest

from app.domain.sms_templates import (
    SmsTemplates,
    exceeds_segments,
    is_misleading,
    is_safe_reference,
    too_long_for_android,
)
from app.domain.template import read_template
from app.domain.transliteration import Transliteration
from tests.support.autofill import bound_code


def texts(table):
    return {
        purpose: {locale: read_template(f"{{code}} {word}") for locale, word in by_locale.items()}
        for purpose, by_locale in table.items()
    }


FIRST_FIVE = ", ".join(f"{char} (U+{ord(char):04X})" for char in "абвгд")
SHIPPED = texts({"*": {"en": "shipped en", "nl": "shipped nl", "pt-BR": "shipped pt"}})["*"]


def templates(*own, **more):
    return SmsTemplates("Acme", "login.example.com", own=[*map(texts, own)], shipped=SHIPPED, **more)


def template_text(templates, purpose, locale):
    return templates.template(purpose, locale).partition("\n")[0].removeprefix("{code} ")


@pytest.mark.parametrize(
    ("own", "service", "locale", "expected"),
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
def test_most_specific_text_is_used(own, service, locale, expected):
    """The app's precedes the service's precedes the shipped one; purpose and language precede `*`."""
    assert template_text(templates(own, service), "login", locale) == expected


@pytest.mark.parametrize(
    ("wanted", "chosen"),
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
def test_first_wanted_language_with_a_text_is_chosen(wanted, chosen):
    assert templates({"login": {"fr": "own"}}).choose_locale(wanted, purpose="login") == chosen


def test_language_hidden_by_a_text_for_all_languages_is_not_chosen():
    """The shipped Dutch text is never sent, so a user who reads Dutch and French gets French."""
    own = templates({"login": {"fr": "own", "*": "other"}})

    assert own.choose_locale(["nl", "fr"], purpose="login") == "fr"
    assert own.choose_locale(["nl", "fr"], purpose="signup") == "nl"


@pytest.mark.parametrize(
    ("valid_for", "minutes"),
    [(600, "10"), (300, "5"), (299, "5"), (285, "5"), (284, "4"), (105, "2"), (104, "1"), (29, "1"), (0, "1")],
)
def test_lifetime_is_shown_in_minutes_and_at_most_a_quarter_too_long(valid_for, minutes):
    text = templates().write(read_template("{code} {minutes} min"), code="042137", valid_for=valid_for)

    assert text.startswith(f"042137 {minutes} min\n")


def test_sms_is_transliterated_as_configured():
    template = read_template("{code} \u2013 za\u017c\u00f3\u0142\u0107")

    assert (
        templates(spelling=Transliteration.LETTERS).write(template, code="1", valid_for=60).startswith("1 - zazolc\n")
    )
    assert (
        templates(spelling=Transliteration.OFF).write(template, code="1", valid_for=60).startswith("1 \u2013 za\u017c")
    )


@pytest.mark.parametrize("code", ["0000", "042137", "1234567890"])
@pytest.mark.parametrize("android_hash", ["", "FA+9qCX9VSu"])
def test_last_line_binds_the_code_to_the_host(code, android_hash):
    text = templates(android_hash=android_hash).write(SHIPPED["en"], code=code, valid_for=300)

    assert bound_code(text) == ("login.example.com", code)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a" * 160, ""),
        ("a" * 161, "takes 2 SMS in GSM-7; the limit is 1"),
        ("ж" * 134, ""),
        ("ж" * 135, "takes 3 SMS in UCS-2; the limit is 2; not in GSM-7: ж (U+0436)"),
        ("\u2019" + "a" * 134, "takes 3 SMS in UCS-2; the limit is 2; not in GSM-7: \u2019 (U+2019)"),
        ("абвгдеж" * 20, f"takes 3 SMS in UCS-2; the limit is 2; not in GSM-7: {FIRST_FIVE}, others"),
    ],
    ids=ascii,
)
def test_too_many_segments_are_reported_with_the_characters_outside_gsm7(text, message):
    assert exceeds_segments(text, gsm7=1, ucs2=2) == message


@pytest.mark.parametrize(("text", "fits"), [("a" * 140, True), ("a" * 141, False), ("ж" * 70, True), ("ж" * 71, False)])
def test_android_reads_at_most_140_bytes(text, fits):
    """The limit is in UTF-8, whatever the encoding of the SMS."""
    message = too_long_for_android(text)

    assert (message == "") is fits
    assert fits or "140" in message


@pytest.mark.parametrize(
    ("reference", "is_safe"),
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
def test_reference_that_looks_like_a_link_or_code_is_unsafe(reference, is_safe):
    """Phones turn a dot between letters into a link, and take a group of digits for the code."""
    assert is_safe_reference(reference) is is_safe


@pytest.mark.parametrize(
    ("text", "misleads"),
    [
        ("042137 is your code.", False),
        ("042137 from mail@example.com #1", False),
        ("042137 for @evil.example #000000", True),
        ("@evil.example #000000\n042137", True),
        ("042137 for\u00a0@evil.example  #0", True),
    ],
)
def test_text_that_resembles_the_autofill_line_is_misleading(text, misleads):
    """Chromium reads the first match, not the last line."""
    assert is_misleading(f"{text}\n\n@login.example.com #042137") is misleads


def test_text_with_an_unsafe_reference_is_skipped():
    """A record that is older than the text may hold any reference."""
    own = templates({"order": {"*": "for {reference}"}})

    assert template_text(own, "order", "nl") == "shipped nl"
    assert own.template("order", "nl", reference="cart-77").startswith("{code} for {reference}")
    assert own.template("order", "nl", reference="evil.example/win") == own.template("login", "nl")


def test_shows_reference_if_a_text_of_the_purpose_has_it():
    own = templates({"order": {"nl": "for {reference}"}})

    assert own.shows_reference("order")
    assert not own.shows_reference("login")
