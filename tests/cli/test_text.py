"""`otp text preview`, and the findings of `otp doctor` on texts."""

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
        ("ru", "042137", ("UCS-2, because of", "2, of ", "2 SMS")),
        ("zh-TW", "042137", ("UCS-2", "1, of ", "1 SMS")),
    ],
)
def test_preview_shows_text_encoding_segments_and_price(otp, locale, first_line, facts):
    result = otp("text", "preview", "--locale", locale, **DEVELOPMENT)

    text, _, facts_text = result.stdout.rpartition("\n\n")
    lines = [line.split("\t") for line in facts_text.splitlines()]
    assert result.exit_code == 0
    assert text.startswith(first_line)
    assert bound_code(text) == ("login.example.com", "042137")
    assert [name for name, _ in lines] == ["encoding", "segments", "price"]
    assert all(value.startswith(fact) for fact, (_, value) in zip(facts, lines, strict=True))


@pytest.mark.parametrize("locale", sorted(shipped_texts()))
def test_preview_supports_every_language(otp, locale):
    result = otp("text", "preview", "--locale", locale, **DEVELOPMENT)

    assert (result.exit_code, result.stderr) == (0, "")


def test_preview_of_an_unknown_language_shows_the_default_text(otp):
    result = otp("text", "preview", "--locale", "xx", **DEVELOPMENT)

    assert result.exit_code == 0
    assert "no text in “xx”" in result.stderr
    assert result.stdout.startswith("042137 is your Acme code.")


def test_preview_shows_the_custom_text_of_an_app(otp):
    apps = json.dumps({"shop": {"brand": "Shop", "texts": {"order": {"*": "{code} for {reference} at {brand}"}}}})
    result = otp("text", "preview", "--app", "shop", "--purpose", "order", APPS=apps, **DEVELOPMENT)

    assert result.stdout.startswith("042137 for cart-77 at Shop\n")


def test_unknown_app_is_invalid_usage(otp):
    result = otp("text", "preview", "--app", "nobody", **DEVELOPMENT)

    assert result.exit_code == 2
    assert "Configured: dev." in result.stderr


def test_invalid_text_stops_the_preview_with_a_sentence(otp):
    result = otp("text", "preview", TEXTS='{"login": {"nl": "no code"}}', **DEVELOPMENT)

    assert result.exit_code == 2
    assert "OTP_TEXTS (login.nl): {code} must also appear" in result.stderr


def text_findings(otp, **settings):
    lines = otp("doctor", **DEVELOPMENT | settings).stdout.splitlines()
    return [line.removeprefix("ok\ttexts of dev\t") for line in lines if "\ttexts of " in line]


def test_doctor_counts_languages_by_price(otp):
    assert text_findings(otp) == ["35 languages: 22 at 1 SMS; 13 at 2 SMS"]


def test_doctor_lists_languages_without_brand_and_in_english(otp):
    line = text_findings(otp, MAX_SEGMENTS_UCS2="1", AUTOFILL_HOST=f"{'h' * 30}.example")[0]

    assert "without the brand, to save space: ar, " in line
    assert line.endswith("in English, to save space: el")


def test_doctor_finds_texts_that_transliteration_makes_cheaper(otp):
    texts = {"login": {"pl": "{code} to kod. Nie podawaj go nikomu, tak\u017ce pracownikom banku. " + "a" * 20}}

    assert text_findings(otp, TEXTS=json.dumps(texts))[1] == (
        "warn\ttexts of dev\tlogin.pl takes 2 SMS in UCS-2, and 1 SMS in GSM-7 with OTP_TRANSLITERATE=letters"
    )


def test_doctor_finds_a_brand_that_costs_segments(otp):
    """One Ł turns one SMS into two in every Latin language."""
    assert text_findings(otp, BRAND="\u0141\u00f3d\u017a")[1] == (
        "warn\ttexts of dev\t21 languages cost an SMS more for \u0141, \u00f3, \u017a in the brand, "
        "and less with OTP_TRANSLITERATE=letters"
    )
