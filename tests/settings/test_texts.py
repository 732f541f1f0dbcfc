"""Custom SMS texts: precedence, errors and segment limits."""

import json

import pytest

from app.settings.load import BadSettings
from app.settings.to_domain import apps_of
from tests.support.autofill import bound_code
from tests.support.builders import make_settings

CUSTOM_TEXTS = {"login": {"nl": "{code} voor {brand}"}}
HASH = "FA+9qCX9VSu"


def templates(name="dev", **changes):
    return apps_of(make_settings(**{"brand": "Acme"} | changes))[name].templates


def shop(**own):
    return json.dumps({"shop": {"brand": "Shop", **own}})


def errors_of(**changes):
    """Return the errors that stop the start."""
    with pytest.raises(BadSettings) as refusal:
        make_settings(**{"brand": "Acme"} | changes)
    return refusal.value.sentences


def render_longest(templates, locale):
    return templates.longest(templates.template("login", locale), code_length=6, code_lifetime=300)


def test_text_of_an_app_overrides_the_service_text():
    app_templates = templates(
        "shop", apps=shop(texts=CUSTOM_TEXTS), texts=json.dumps({"login": {"nl": "{code} other", "de": "{code} de"}})
    )

    assert render_longest(app_templates, "nl").startswith("000000 voor Shop\n")
    assert render_longest(app_templates, "de").startswith("000000 de\n")


def test_texts_are_read_from_a_file(tmp_path):
    file = tmp_path / "texts.json"
    file.write_text(json.dumps(CUSTOM_TEXTS))

    assert render_longest(templates(texts=file), "nl").startswith("000000 voor Acme\n")


def test_shipped_text_omits_a_brand_that_does_not_fit():
    """A brand is not worth a second SMS."""
    short, long_texts = ({"autofill_host": f"{'h' * length}.example", "brand": "B" * 30} for length in (20, 60))

    assert "B" * 30 in render_longest(templates(**short), "en")
    assert "B" not in render_longest(templates(**long_texts), "en")


def test_shipped_text_without_a_brand_has_no_brand():
    app_templates = apps_of(make_settings())["dev"].templates

    assert render_longest(app_templates, "en").startswith("000000 is your code. It works")


def test_custom_text_with_an_unset_brand_stops_the_start():
    with pytest.raises(
        BadSettings,
        match=r"OTP_TEXTS \(login.nl\): as the app dev sends it, the text shows {brand}, and no brand is set",
    ):
        make_settings(texts=json.dumps(CUSTOM_TEXTS))


def test_language_without_a_fitting_text_is_not_offered():
    """Thai takes three bytes a letter of the 140 that an Android app reads; its users get the English text then."""
    app_templates = {"apps": shop(android_hash=HASH), "autofill_host": f"{'h' * 66}.example"}

    assert templates("shop", **app_templates).choose_locale(["th"], purpose="login") == ""
    assert (
        templates("shop", **app_templates | {"autofill_host": "h.example"}).choose_locale(["th"], purpose="login")
        == "th"
    )


@pytest.mark.parametrize("locale", ["en", "ru", "th", "ar", "zh-Hant"])
def test_sms_ends_with_the_android_hash_within_140_bytes(locale):
    """Browsers still read the autofill line."""
    text = render_longest(templates("shop", apps=shop(android_hash=HASH), autofill_host="login.example.com"), locale)

    assert text.endswith(f" {HASH}")
    assert len(text.encode()) <= 140
    assert bound_code(text) == ("login.example.com", "000000")


@pytest.mark.parametrize(
    ("texts", "error"),
    [
        ({"login": {"nl": "Uw code"}}, "OTP_TEXTS (login.nl): {code} must also appear"),
        ({"login": {"nl": "{code} {name}"}}, "OTP_TEXTS (login.nl): there is no {name}"),
        ({"login": {"pt-BR": "{code}\n@{host} #{code}\n"}}, "OTP_TEXTS (login.pt-BR): the autofill line"),
        ({"*": {"*": "{code" }}, "OTP_TEXTS (*.*): braces"),
        ({"Login": {"nl": "{code}"}}, "write a purpose"),
        ({"login": {"dutch!": "{code}"}}, "write a language tag"),
        ({"login": "{code}"}, "OTP_TEXTS (login)"),
        ({"login": {"nl": "{code} a", "NL": "{code} b"}}, "OTP_TEXTS (login): a language is set twice"),
        ({"login": {"nl": "{code} " + "a" * 160}},
         "OTP_TEXTS (login.nl): as the app dev sends it, the text takes 2 SMS in GSM-7; the limit is 1. Shorten it"),
        ({"login": {"nl": "{code} \u0142 " + "a" * 130}},
         "takes 3 SMS in UCS-2; the limit is 2; not in GSM-7: \u0142 (U+0142). Shorten it"),
    ],
    ids=ascii,
)  # fmt: skip
def test_invalid_text_stops_the_start(texts, error):
    assert any(error in sentence for sentence in errors_of(texts=json.dumps(texts))), errors_of(texts=json.dumps(texts))


def test_segments_are_counted_with_the_longest_values():
    """160 characters with a short brand are 161 with a longer one."""
    texts = {"login": {"nl": "{code} {brand} {reference} {minutes}" + "a" * 103}}

    make_settings(texts=json.dumps({"order": texts["login"]}), brand="B" * 7)
    assert "takes 2 SMS" in errors_of(texts=json.dumps({"order": texts["login"]}), brand="B" * 8)[0]


def test_max_segments_allows_longer_texts():
    texts = json.dumps({"login": {"nl": "{code} " + "a" * 160}})

    assert make_settings(texts=texts, max_segments=2)


def test_max_segments_ucs2_of_one_shortens_the_shipped_texts():
    """In every language that has a fitting text."""
    app_templates = templates(max_segments_ucs2=1, autofill_host="login.example.com", brand="Acme")

    assert len(render_longest(app_templates, "ru")) <= 70


def test_custom_text_over_140_bytes_is_refused_with_an_android_hash():
    errors = errors_of(apps=shop(android_hash=HASH, texts={"login": {"nl": "{code} " + "a" * 110}}))

    assert "OTP_APPS (shop.texts.login.nl)" in errors[0]
    assert "Android's SMS Retriever reads 140" in errors[0]


@pytest.mark.parametrize("wrong", ["short", "FA+9qCX9VSu=", "FA 9qCX9VSu"])
def test_android_hash_must_have_eleven_characters(wrong):
    assert "11 characters" in errors_of(apps=shop(android_hash=wrong))[0]


@pytest.mark.parametrize(("purposes", "stops"), [([], True), (["login"], True), (["order"], False)])
def test_reference_in_a_text_is_refused_for_purposes_of_publishable_keys(purposes, stops):
    """A publishable key is public, and its client sets the reference."""
    own = {"publishable_keys": {"0" * 64: purposes}, "texts": {"login": {"nl": "{code} {reference}"}}}

    if stops:
        assert "can write any text there" in errors_of(apps=shop(**own))[0]
    else:
        assert make_settings(apps=shop(**own))


def test_too_long_autofill_host_stops_the_start():
    errors = errors_of(autofill_host=".".join(["h" * 60] * 3))

    assert errors[0].startswith("OTP_AUTOFILL_HOST, or autofill_host of the app dev, is too long")


def test_segments_are_counted_with_the_code_length_and_lifetime():
    """160 characters with six digits are 161 with seven, and ten minutes have one digit more than five."""
    texts = json.dumps({"login": {"nl": "{code} {minutes}" + "a" * 132}})

    make_settings(texts=texts)
    for more in ({"code_length": 7}, {"code_lifetime": 600}):
        assert "takes 2 SMS" in errors_of(texts=texts, **more)[0]


def test_brand_like_an_autofill_line_is_omitted_or_refused():
    misleading_brand = "@evil.example #000000"

    assert "evil" not in render_longest(templates(brand=misleading_brand), "en")
    assert "which browsers take for it" in errors_of(brand=misleading_brand, texts=json.dumps(CUSTOM_TEXTS))[0]


def test_service_text_that_an_app_overrides_is_not_checked_for_it():
    """The app's own text takes precedence."""
    long_texts = json.dumps({"login": {"nl": "{code} " + "a" * 110}})
    own = {"android_hash": HASH, "texts": {"login": {"nl": "{code}"}}}

    assert make_settings(apps=shop(**own), texts=long_texts)
    assert "Android" in errors_of(apps=shop(android_hash=HASH), texts=long_texts)[0]


def test_error_of_a_service_text_is_reported_once():
    texts = json.dumps({"login": {"nl": "{code} " + "a" * 160}})

    assert len(errors_of(texts=texts, apps=json.dumps({f"app{i}": {} for i in range(10)}))) == 1


def test_development_refuses_a_reference_in_a_login_text():
    """The development publishable key allows `login`."""
    assert "shows {reference} for login" in errors_of(texts=json.dumps({"*": {"*": "{code} {reference}"}}))[0]


def test_transliterate_replaces_letters_if_that_saves_an_sms():
    texts = json.dumps({"*": {"pl": "{code} to tw\u00f3j kod \u2013 za\u017c\u00f3\u0142\u0107"}})

    assert "tw\u00f3j kod \u2013 za\u017c" in render_longest(templates(texts=texts), "pl")
    assert "twoj kod - zazolc" in render_longest(templates(texts=texts, transliterate="letters"), "pl")
    assert "tw\u00f3j kod \u2013 za\u017c" in render_longest(templates(texts=texts, transliterate="off"), "pl")
