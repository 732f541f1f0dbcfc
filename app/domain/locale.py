"""Choice of a language: by a requested tag, by `Accept-Language`, by the country of a number."""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

_LONGEST_TAG = 35  # enough for every tag in use (RFC 5646 §4.4.1)
_LONGEST_HEADER = 512
_MAX_LANGUAGES = 16
_LANGUAGE_RANGE = re.compile(
    r"[ \t]*([a-z]{1,8}(?:-[a-z0-9]{1,8})*+)(?:[ \t]*;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?[ \t]*",
    re.ASCII | re.IGNORECASE,
)
# Substitutes for a language that is not offered: its former or wider tag, or a language that its readers read too.
_FALLBACK = {
    "cmn": "zh-hans",
    "cmn-hant": "zh-hant",
    "cmn-hk": "zh-hant",
    "cmn-mo": "zh-hant",
    "cmn-tw": "zh-hant",
    "in": "id",
    "iw": "he",
    "mo": "ro",
    "nn": "nb",
    "no": "nb",
    "prs": "fa",
    "pt": "pt-br",
    "tl": "fil",
    "yue": "zh-hant",
    "yue-cn": "zh-hans",
    "yue-hans": "zh-hans",
    "zh": "zh-hans",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
    "zh-tw": "zh-hant",
}
# Never truncated: the shorter tag would match the other script.
_NEVER_TRUNCATED = {"zh-hant", "zh-hk", "zh-mo", "zh-tw"}
_COUNTRIES_OF = {
    "ar": "DZ EG JO LB LY MA PS SD SY TN YE",
    "bn": "BD",
    "cs": "CZ",
    "da": "DK",
    "de": "AT DE LI",
    "el": "CY GR",
    "en": "AG AI AU BB BM BS DM GB GD GG GH GM GY IE IM JE JM KN KY LC LR NG NZ SL TC TT US VC VG ZM",
    "es": "AR BO CL CO CR CU DO EC ES GT HN MX NI PA PE PR PY SV UY VE",
    "fa": "IR",
    "fi": "FI",
    "fr": "BF BJ BL CG CI FR GA GF GN GP MC MF ML MQ NC NE PF PM RE SN TG",
    "he": "IL",
    "hu": "HU",
    "id": "ID",
    "it": "IT SM VA",
    "ja": "JP",
    "ko": "KR",
    "ms": "BN",
    "nb": "NO SJ",
    "nl": "NL SR",
    "pl": "PL",
    "pt": "AO CV GW MZ PT ST",
    "pt-BR": "BR",
    "ro": "MD RO",
    "ru": "BY RU",
    "sv": "AX SE",
    "th": "TH",
    "tr": "TR",
    "uk": "UA",
    "vi": "VN",
    "zh-Hans": "CN",
    "zh-Hant": "HK MO TW",
}
_LANGUAGE_OF = {country: language for language, countries in _COUNTRIES_OF.items() for country in countries.split()}


def match_locale(wanted: str, offered: Collection[str]) -> str | None:
    """Return the offered language for a wanted one, by the lookup of RFC 4647 §3.4, or None.

    "de-CH" finds "de", "de" does not find "de-CH". `_` equals `-`, and case does not matter.
    """
    by_name = {_normalize(tag): tag for tag in offered}
    for name in _truncations(_normalize(wanted[:_LONGEST_TAG])):
        for found in (name, _FALLBACK.get(name)):
            if found in by_name:
                return by_name[found]
    return None


@lru_cache(maxsize=2048)  # browsers send few different headers
def accepted_languages(header: str) -> tuple[str, ...]:
    """Parse an `Accept-Language` header (RFC 9110 §12.5.4): the languages by weight, the best first.

    `*` is ignored, `q=0` excludes a language, and invalid elements are skipped. Everything after 512 characters or
    16 elements is ignored.
    """
    elements = header[:_LONGEST_HEADER].split(",")
    if len(header) > _LONGEST_HEADER:
        elements.pop()  # a truncated element could be another language
    weights: dict[str, float] = {}
    for element in elements[:_MAX_LANGUAGES]:
        if (match := _LANGUAGE_RANGE.fullmatch(element)) and (weight := float(match[2] or 1)):
            weights.setdefault(match[1], weight)
    return tuple(sorted(weights, key=weights.__getitem__, reverse=True))


def language_of(country: str) -> str | None:
    """Return the language that nearly all readers in a country (ISO 3166 alpha-2) read.

    None if a country has several, or its language is not shipped: a wrong language is worse than English.
    """
    return _LANGUAGE_OF.get(country.upper())


def _normalize(tag: str) -> str:
    """Normalize a tag for comparison."""
    return tag.replace("_", "-").lower()


def _truncations(tag: str) -> Iterator[str]:
    """Yield a tag, then the tag without its last subtag, and so on."""
    while tag:
        yield tag
        tag = "" if tag in _NEVER_TRUNCATED else tag.rpartition("-")[0]
