"""Which language a person reads: by a wish, by a browser's header, by the country of a number."""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

_LONGEST_TAG = 35  # RFC 5646 §4.4.1 holds that enough for every tag in use
_LONGEST_HEADER = 512
_MAX_LANGUAGES = 16
_LANGUAGE_RANGE = re.compile(
    r"[ \t]*([a-z]{1,8}(?:-[a-z0-9]{1,8})*+)(?:[ \t]*;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?[ \t]*",
    re.ASCII | re.IGNORECASE,
)
# What stands in for a language that is not offered: an old or a wider name, or what its readers read as well.
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
# Cut no further: the rest would find the other way of writing.
_KEPT_WHOLE = {"zh-hant", "zh-hk", "zh-mo", "zh-tw"}
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
    """Find the offered language for a wanted one, by the lookup of RFC 4647 §3.4; None where there is none.

    "de-CH" finds "de", "de" does not find "de-CH". `_` reads as `-`, and no letter's case matters.
    """
    by_name = {_fold(tag): tag for tag in offered}
    for name in _cut_from_the_right(_fold(wanted[:_LONGEST_TAG])):
        for found in (name, _FALLBACK.get(name)):
            if found in by_name:
                return by_name[found]
    return None


@lru_cache(maxsize=2048)  # browsers send few different ones
def accepted_languages(header: str) -> tuple[str, ...]:
    """Read an `Accept-Language` header (RFC 9110 §12.5.4): the languages by their weight, the best first.

    `*` names none, `q=0` refuses one, and what cannot be read is passed over. What stands behind 512 characters or
    16 elements nobody means.
    """
    elements = header[:_LONGEST_HEADER].split(",")
    if len(header) > _LONGEST_HEADER:
        elements.pop()  # half of it names another language
    weights: dict[str, float] = {}
    for element in elements[:_MAX_LANGUAGES]:
        if (match := _LANGUAGE_RANGE.fullmatch(element)) and (weight := float(match[2] or 1)):
            weights.setdefault(match[1], weight)
    return tuple(sorted(weights, key=weights.__getitem__, reverse=True))


def language_of(country: str) -> str | None:
    """Name the language that nearly everybody who reads in a country (ISO 3166 alpha-2) reads.

    None where several share it or it is none of ours: a wrong language is worse than English.
    """
    return _LANGUAGE_OF.get(country.upper())


def _fold(tag: str) -> str:
    """Write a tag in the one way in which two are compared."""
    return tag.replace("_", "-").lower()


def _cut_from_the_right(tag: str) -> Iterator[str]:
    """Give a tag, then what is left of it as its parts fall away."""
    while tag:
        yield tag
        tag = "" if tag in _KEPT_WHOLE else tag.rpartition("-")[0]
