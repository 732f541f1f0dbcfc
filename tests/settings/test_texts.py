"""An operator's own words, and what they may cost."""

import json

import pytest

from app.settings.load import BadSettings
from app.settings.to_domain import apps_of
from tests.support.autofill import bound_code
from tests.support.builders import make_settings

OWN = {"login": {"nl": "{code} voor {brand}"}}
HASH = "FA+9qCX9VSu"


def templates(name="dev", **changes):
    return apps_of(make_settings(**{"brand": "Acme"} | changes))[name].templates


def shop(**own):
    return json.dumps({"shop": {"brand": "Shop", **own}})


def refused(**changes):
    """Give the sentences that stop the start."""
    with pytest.raises(BadSettings) as stopped:
        make_settings(**{"brand": "Acme"} | changes)
    return stopped.value.sentences


def longest(templates, locale):
    return templates.longest(templates.template("login", locale), code_length=6, code_lifetime=300)


def test_an_apps_own_text_goes_before_the_services():
    given = templates(
        "shop", apps=shop(texts=OWN), texts=json.dumps({"login": {"nl": "{code} other", "de": "{code} de"}})
    )

    assert longest(given, "nl").startswith("000000 voor Shop\n")
    assert longest(given, "de").startswith("000000 de\n")


def test_texts_may_stand_in_a_file(tmp_path):
    file = tmp_path / "texts.json"
    file.write_text(json.dumps(OWN))

    assert longest(templates(texts=file), "nl").startswith("000000 voor Acme\n")


def test_a_shipped_text_drops_the_brand_where_it_is_too_long():
    """A second SMS for a name costs twice for nothing."""
    short, long = ({"autofill_host": f"{'h' * length}.example", "brand": "B" * 30} for length in (20, 60))

    assert "B" * 30 in longest(templates(**short), "en")
    assert "B" not in longest(templates(**long), "en")


def test_a_shipped_text_without_a_brand_names_nobody():
    given = apps_of(make_settings())["dev"].templates

    assert longest(given, "en").startswith("000000 is your code. It works")


def test_an_own_text_cannot_show_a_brand_that_is_not_set():
    with pytest.raises(
        BadSettings, match=r"OTP_TEXTS \(login.nl\): as the app dev sends it, the text shows {brand}, and there is none"
    ):
        make_settings(texts=json.dumps(OWN))


def test_a_language_that_has_no_room_is_not_spoken():
    """Thai takes three bytes a letter of the 140 that an Android app reads; its people get the English text then."""
    given = {"apps": shop(android_hash=HASH), "autofill_host": f"{'h' * 66}.example"}

    assert templates("shop", **given).speaks(["th"], purpose="login") == ""
    assert templates("shop", **given | {"autofill_host": "h.example"}).speaks(["th"], purpose="login") == "th"


@pytest.mark.parametrize("locale", ["en", "ru", "th", "ar", "zh-Hant"])
def test_an_apps_hash_ends_an_sms_of_140_bytes(locale):
    """And browsers read the line all the same."""
    text = longest(templates("shop", apps=shop(android_hash=HASH), autofill_host="login.example.com"), locale)

    assert text.endswith(f" {HASH}")
    assert len(text.encode()) <= 140
    assert bound_code(text) == ("login.example.com", "000000")


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"login": {"nl": "Uw code"}}, "OTP_TEXTS (login.nl): a text says {code}"),
        ({"login": {"nl": "{code} {name}"}}, "OTP_TEXTS (login.nl): there is no {name}"),
        ({"login": {"pt-BR": "{code}\n@{host} #{code}\n"}}, "OTP_TEXTS (login.pt-BR): the autofill line"),
        ({"*": {"*": "{code" }}, "OTP_TEXTS (*.*): a brace"),
        ({"Login": {"nl": "{code}"}}, "a purpose is written"),
        ({"login": {"dutch!": "{code}"}}, "a language is a tag"),
        ({"login": "{code}"}, "OTP_TEXTS (login)"),
        ({"login": {"nl": "{code} a", "NL": "{code} b"}}, "OTP_TEXTS (login): a language is given twice"),
        ({"login": {"nl": "{code} " + "a" * 160}},
         "OTP_TEXTS (login.nl): as the app dev sends it, the text takes 2 SMS in GSM-7, and may take 1. Shorten it"),
        ({"login": {"nl": "{code} \u0142 " + "a" * 130}},
         "takes 3 SMS in UCS-2, and may take 2; not in GSM-7: \u0142 (U+0142). Shorten it"),
    ],
    ids=ascii,
)  # fmt: skip
def test_a_text_that_would_not_work_stops_the_start(texts, said):
    assert any(said in sentence for sentence in refused(texts=json.dumps(texts))), refused(texts=json.dumps(texts))


def test_the_longest_values_are_what_counts():
    """A text of 160 letters with a short brand is one of 161 with a longer."""
    texts = {"login": {"nl": "{code} {brand} {reference} {minutes}" + "a" * 103}}

    make_settings(texts=json.dumps({"order": texts["login"]}), brand="B" * 7)
    assert "takes 2 SMS" in refused(texts=json.dumps({"order": texts["login"]}), brand="B" * 8)[0]


def test_more_segments_can_be_allowed():
    texts = json.dumps({"login": {"nl": "{code} " + "a" * 160}})

    assert make_settings(texts=texts, max_segments=2)


def test_one_segment_may_be_asked_of_ucs2_too():
    """Then the shipped texts get shorter, in every language that has room."""
    given = templates(max_segments_ucs2=1, autofill_host="login.example.com", brand="Acme")

    assert len(longest(given, "ru")) <= 70


def test_an_own_text_beyond_140_bytes_is_refused_where_an_android_app_reads_it():
    said = refused(apps=shop(android_hash=HASH, texts={"login": {"nl": "{code} " + "a" * 110}}))

    assert "OTP_APPS (shop.texts.login.nl)" in said[0]
    assert "Android's SMS Retriever reads 140" in said[0]


@pytest.mark.parametrize("wrong", ["short", "FA+9qCX9VSu=", "FA 9qCX9VSu"])
def test_an_android_hash_has_eleven_letters(wrong):
    assert "11 characters" in refused(apps=shop(android_hash=wrong))[0]


@pytest.mark.parametrize(("purposes", "stops"), [([], True), (["login"], True), (["order"], False)])
def test_a_stranger_cannot_write_an_sms_by_a_reference(purposes, stops):
    """Whoever has a publishable key, and everybody has, says what the reference is."""
    own = {"publishable_keys": {"0" * 64: purposes}, "texts": {"login": {"nl": "{code} {reference}"}}}

    if stops:
        assert "could write there what they like" in refused(apps=shop(**own))[0]
    else:
        assert make_settings(apps=shop(**own))


def test_a_host_that_leaves_no_room_stops_the_start():
    said = refused(autofill_host=".".join(["h" * 60] * 3))

    assert said[0].startswith("OTP_AUTOFILL_HOST, or autofill_host of the app dev, is too long")


def test_the_longest_code_and_life_count_too():
    """A text of 160 letters with six digits is one of 161 with seven, and ten minutes are a digit more than five."""
    texts = json.dumps({"login": {"nl": "{code} {minutes}" + "a" * 132}})

    make_settings(texts=texts)
    for more in ({"code_length": 7}, {"code_lifetime": 600}):
        assert "takes 2 SMS" in refused(texts=texts, **more)[0]


def test_a_brand_that_looks_like_the_autofill_line_is_left_away_or_refused():
    evil = "@evil.example #000000"

    assert "evil" not in longest(templates(brand=evil), "en")
    assert "which browsers take for it" in refused(brand=evil, texts=json.dumps(OWN))[0]


def test_a_text_that_an_app_never_sends_is_not_held_against_it():
    """Its own stands before it."""
    long = json.dumps({"login": {"nl": "{code} " + "a" * 110}})
    own = {"android_hash": HASH, "texts": {"login": {"nl": "{code}"}}}

    assert make_settings(apps=shop(**own), texts=long)
    assert "Android" in refused(apps=shop(android_hash=HASH), texts=long)[0]


def test_a_text_of_all_apps_is_told_once():
    texts = json.dumps({"login": {"nl": "{code} " + "a" * 160}})

    assert len(refused(texts=texts, apps=json.dumps({f"app{i}": {} for i in range(10)}))) == 1


def test_development_refuses_a_reference_that_production_would():
    """Its publishable key opens `login`."""
    assert "shows {reference} for login" in refused(texts=json.dumps({"*": {"*": "{code} {reference}"}}))[0]


def test_letters_are_written_plainly_where_that_saves_an_sms():
    texts = json.dumps({"*": {"pl": "{code} to tw\u00f3j kod \u2013 za\u017c\u00f3\u0142\u0107"}})

    assert "tw\u00f3j kod \u2013 za\u017c" in longest(templates(texts=texts), "pl")
    assert "twoj kod - zazolc" in longest(templates(texts=texts, transliterate="letters"), "pl")
    assert "tw\u00f3j kod \u2013 za\u017c" in longest(templates(texts=texts, transliterate="off"), "pl")
