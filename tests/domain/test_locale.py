"""Choice of a language by tag, by `Accept-Language` and by country."""

import pytest
from babel.core import get_global
from hypothesis import example, given
from hypothesis import strategies as st
from phonenumbers import SUPPORTED_REGIONS

from app.domain.locale import accepted_languages, language_of, match_locale

OFFERED = ["en", "nl", "pt", "pt-BR", "he", "id", "fil", "nb", "fa", "ro", "zh-Hans", "zh-Hant"]
COUNTRIES = sorted(country for country in SUPPORTED_REGIONS if language_of(country))
CLDR_LANGUAGES = get_global("territory_languages")  # Unicode's CLDR table


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("nl", "nl"),
        ("NL", "nl"),
        ("nl-BE", "nl"),
        ("nl_NL", "nl"),
        ("nl-Latn-NL-x-any", "nl"),
        ("pt", "pt"),
        ("pt-AO", "pt"),
        ("pt-br", "pt-BR"),
        ("pt_BR", "pt-BR"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-hans-HK", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh_MO", "zh-Hant"),
        ("zh-Hant-TW", "zh-Hant"),
        ("yue-HK", "zh-Hant"),
        ("cmn", "zh-Hans"),
        ("cmn-Hant-TW", "zh-Hant"),
        ("cmn-TW", "zh-Hant"),
        ("yue-Hans-CN", "zh-Hans"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("iw-IL", "he"),
        ("in", "id"),
        ("tl-PH", "fil"),
        ("prs-AF", "fa"),
        ("mo", "ro"),
        ("en-x-nl", "en"),
    ],
)
def test_wanted_language_matches_the_nearest_offered(wanted, found):
    assert match_locale(wanted, OFFERED) == found


@pytest.mark.parametrize(
    "wanted", ["", "-", "*", "de", "n", "nlx", "x-nl", "i-nl", "fi", "nld", "-nl", " nl", "nl;q=1", "BR", "\x00", "ñl"]
)
def test_language_that_is_not_offered_matches_nothing(wanted):
    assert match_locale(wanted, OFFERED) is None


@pytest.mark.parametrize(
    ("wanted", "offered", "found"),
    [
        ("pt", ["pt-BR"], "pt-BR"),
        ("pt-PT", ["pt-BR"], "pt-BR"),
        ("pt-BR", ["pt"], "pt"),
        ("nn", ["nb", "nn"], "nn"),
        ("zh-TW", ["zh-Hant", "zh-TW"], "zh-TW"),
        ("nl", ["NL"], "NL"),
        ("de-AT", ["de_at", "de"], "de_at"),
        ("de", ["de-AT"], None),
        ("zh-Hans", ["zh-Hant"], None),
        ("zh-CN", ["zh-Hant"], None),
        ("zh-Hans-CN", ["zh"], "zh"),
        ("nl", [], None),
    ],
)
def test_match_depends_on_the_offered_languages(wanted, offered, found):
    """The tag is returned as it is offered; a wider tag matches no narrower one, except `pt` and `pt-BR`."""
    assert match_locale(wanted, offered) == found


@pytest.mark.parametrize("wanted", ["zh-Hant", "zh-TW", "zh-Hant-HK", "zh-HK-x-any"])
def test_traditional_chinese_does_not_match_simplified(wanted):
    """A wrong script is worse than English."""
    assert match_locale(wanted, ["zh-Hans", "zh"]) is None


@given(st.text(), st.lists(st.sampled_from(OFFERED)))
@example("nl" + "-x" * 100_000, ["nl"])
def test_any_tag_matches_an_offered_language_or_none(wanted, offered):
    assert match_locale(wanted, offered) in {*offered, None}


@given(st.sampled_from(OFFERED), st.lists(st.text("abcdefgh0123", min_size=2, max_size=8), max_size=3))
def test_extra_subtags_still_match_the_offered_language(tag, more):
    assert match_locale("-".join([tag, *more]), [tag]) == tag


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("", []),
        ("nl", ["nl"]),
        ("nl-NL,nl;q=0.9,en;q=0.8", ["nl-NL", "nl", "en"]),
        ("en;q=0.1, de ;q=0.5,\tfr ; q=0.7", ["fr", "de", "en"]),
        ("da, en-GB;Q=0.8, EN;q=0.7", ["da", "en-GB", "EN"]),
        ("a, b, c;q=1.000, d;q=1", ["a", "b", "c", "d"]),
        ("a;q=0.5, b, c;q=0.5, d", ["b", "d", "a", "c"]),
        ("nl;q=0.3, nl;q=0.9, en;q=0.5", ["en", "nl"]),
        ("nl;q=0, en", ["en"]),
        ("nl;q=0.000, en;q=0.001", ["en"]),
        ("*", []),
        ("nl, *;q=0.5", ["nl"]),
        (",, nl,,", ["nl"]),
        ("nl;q=2, de;q=-1, fr;q=x, es;q=0.1234, it;q=, pl;v=1, cs q=1, en", ["en"]),
        ("nl_NL, nl-, -nl, toolonglanguage, n.l, en", ["en"]),
        ("nl;q=\u0661, \u212an, \u00e9n, en", ["en"]),
    ],
    ids=ascii,
)
def test_header_is_sorted_by_weight_and_invalid_elements_are_skipped(header, languages):
    assert [*accepted_languages(header)] == languages


def test_long_header_is_truncated_at_512_characters_and_16_elements():
    """A truncated element is dropped, not read as another language."""
    assert [*accepted_languages("nl," + " " * 600 + "en")] == ["nl"]
    assert [*accepted_languages("nl," + " " * 507 + "en-GB")] == ["nl"]
    assert [*accepted_languages(",".join(f"aa-{number:02}" for number in range(100)))] == [
        f"aa-{number:02}" for number in range(16)
    ]


@given(st.text() | st.text("aAzZ09-;q=.,* \t", max_size=2000))
def test_any_header_gives_at_most_16_languages_and_no_error(header):
    languages = accepted_languages(header)

    assert len(languages) == len(set(languages)) <= 16
    assert all(language in header for language in languages)


@given(st.dictionaries(st.text("abcdefgh", min_size=2, max_size=8), st.integers(1, 1000), max_size=16))
def test_higher_weight_comes_first(weights):
    header = ",".join(f"{language};q={weight / 1000:.3f}" for language, weight in weights.items())

    assert [*accepted_languages(header)] == sorted(weights, key=lambda language: -weights[language])


@pytest.mark.parametrize(
    ("country", "language"),
    [
        ("NL", "nl"),
        ("nl", "nl"),
        ("AT", "de"),
        ("US", "en"),
        ("MX", "es"),
        ("PT", "pt"),
        ("BR", "pt-BR"),
        ("CN", "zh-Hans"),
        ("TW", "zh-Hant"),
        ("HK", "zh-Hant"),
        ("NO", "nb"),
        ("IL", "he"),
        ("EG", "ar"),
    ],
)
def test_country_has_its_language(country, language):
    assert language_of(country) == language


@pytest.mark.parametrize(
    "country", ["BE", "CH", "CA", "IN", "LU", "SG", "ZA", "PK", "PH", "AF", "KZ", "AE", "SK", "001", "", "XX", "ZZ"]
)
def test_multilingual_or_unsupported_country_has_no_language(country):
    assert language_of(country) is None


@pytest.mark.parametrize("country", COUNTRIES)
def test_language_of_a_country_is_official_in_the_cldr(country):
    languages = CLDR_LANGUAGES[country]
    language = language_of(country)
    name = {"zh-Hans": "zh", "pt-BR": "pt"}.get(language, language.replace("-", "_"))

    assert languages[name]["official_status"], language
