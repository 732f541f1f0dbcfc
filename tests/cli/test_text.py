"""`otp text preview`, and what `otp doctor` says of the texts."""

import json

import pytest

from app.locale import shipped_texts
from tests.support.autofill import bound_code

DEVELOPMENT = {"ENV": "development", "BRAND": "Acme", "AUTOFILL_HOST": "login.example.com"}


@pytest.mark.parametrize(
    ("locale", "first_line", "facts"),
    [
        ("en", "042137 is your Acme code. It works for 5 min. Never share it.", ("GSM-7", "1, of 89 septets", "1 SMS")),
        (
            "nl",
            "042137 is uw code voor Acme. Deze is 5 min geldig. Deel hem met niemand.",
            ("GSM-7", "1, of 100 septets", "1 SMS"),
        ),
        ("ru", "042137", ("UCS-2, for it has", "2, of ", "2 SMS")),
        ("zh-TW", "042137", ("UCS-2", "1, of ", "1 SMS")),
    ],
)
def test_a_preview_shows_the_text_its_encoding_segments_and_price(otp, locale, first_line, facts):
    answer = otp("text", "preview", "--locale", locale, **DEVELOPMENT)

    text, _, told = answer.stdout.rpartition("\n\n")
    lines = [line.split("\t") for line in told.splitlines()]
    assert answer.exit_code == 0
    assert text.startswith(first_line)
    assert bound_code(text) == ("login.example.com", "042137")
    assert [name for name, _ in lines] == ["encoding", "segments", "price"]
    assert all(value.startswith(fact) for fact, (_, value) in zip(facts, lines, strict=True))


@pytest.mark.parametrize("locale", sorted(shipped_texts()))
def test_every_language_can_be_looked_at(otp, locale):
    answer = otp("text", "preview", "--locale", locale, **DEVELOPMENT)

    assert (answer.exit_code, answer.stderr) == (0, "")


def test_a_language_that_there_is_no_text_in_says_what_its_people_get(otp):
    answer = otp("text", "preview", "--locale", "xx", **DEVELOPMENT)

    assert answer.exit_code == 0
    assert "no text in “xx”" in answer.stderr
    assert answer.stdout.startswith("042137 is your Acme code.")


def test_an_apps_own_text_for_a_purpose_is_shown(otp):
    apps = json.dumps({"shop": {"brand": "Shop", "texts": {"order": {"*": "{code} for {reference} at {brand}"}}}})
    answer = otp("text", "preview", "--app", "shop", "--purpose", "order", APPS=apps, **DEVELOPMENT)

    assert answer.stdout.startswith("042137 for cart-77 at Shop\n")


def test_an_app_that_is_not_listed_is_wrong_use(otp):
    answer = otp("text", "preview", "--app", "nobody", **DEVELOPMENT)

    assert answer.exit_code == 2
    assert "There are: dev." in answer.stderr


def test_a_wrong_text_stops_a_preview_with_its_sentence(otp):
    answer = otp("text", "preview", TEXTS='{"login": {"nl": "no code"}}', **DEVELOPMENT)

    assert answer.exit_code == 2
    assert "OTP_TEXTS (login.nl): a text says {code}" in answer.stderr


def doctors_words(otp, **settings):
    said = otp("doctor", **DEVELOPMENT | settings).stdout.splitlines()
    return [line.removeprefix("ok\ttexts of dev\t") for line in said if "\ttexts of " in line]


def test_the_doctor_names_the_price_of_an_apps_texts(otp):
    assert doctors_words(otp) == ["35 languages: 22 at 1 SMS; 13 at 2 SMS"]


def test_the_doctor_says_what_was_left_out_to_keep_the_price(otp):
    said = doctors_words(otp, MAX_SEGMENTS_UCS2="1", AUTOFILL_HOST=f"{'h' * 30}.example")[0]

    assert "without the brand, for room: ar, " in said
    assert said.endswith("in English, for room: el")


def test_the_doctor_finds_a_text_that_would_cost_less_in_plainer_letters(otp):
    texts = {"login": {"pl": "{code} to kod. Nie podawaj go nikomu, tak\u017ce pracownikom banku. " + "a" * 20}}

    assert doctors_words(otp, TEXTS=json.dumps(texts))[1] == (
        "warn\ttexts of dev\tlogin.pl takes 2 SMS in UCS-2, and 1 SMS in GSM-7 with OTP_TRANSLITERATE=letters"
    )


def test_the_doctor_says_what_a_brand_costs(otp):
    """One Ł makes an SMS in every Latin language two."""
    assert doctors_words(otp, BRAND="\u0141\u00f3d\u017a")[1] == (
        "warn\ttexts of dev\t21 languages cost an SMS more for \u0141, \u00f3, \u017a in the brand, "
        "and less with OTP_TRANSLITERATE=letters"
    )
