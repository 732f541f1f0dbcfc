"""The region and type of a number, from the numbering plans of libphonenumber.

libphonenumber gives the same result, but tries one pattern after the other. Here the types of a region's
numbers of one length are one pattern, compiled for the first such number and then cached:
2.5 KB each, 1.6 MB for all 640. No number is cached.
"""

import re
from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata

from app.domain.errors import InvalidRequest

# The order matters: the first type that matches wins, and a number that may be mobile counts as mobile.
_TYPES = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "mobile",
    "fixed_line",
)
_NO_MATCH = "(?!)"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_REGIONS = {str(code): tuple(regions) for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()}


def regions_of(calling_code: str) -> tuple[str, ...]:
    """Return the regions that share a calling code, the main one first."""
    return _REGIONS.get(calling_code, ())


_MEANT = {"UK": "GB", "EL": "GR", "SU": "RU", "YU": "RS", "ZR": "CD", "TP": "TL", "BU": "MM", "AN": "CW", "EN": "GB"}
"""Codes that people use for a country, and the one of ISO 3166-1."""


def meant_country(code: str) -> str | None:
    """Return the country that a common wrong code means."""
    return _MEANT.get(code)


def require_country(country: str) -> None:
    """Raise `InvalidRequest` for a code that is no country with phone numbers (ISO 3166-1 alpha-2)."""
    if country in phonenumbers.SUPPORTED_REGIONS:
        return
    meant = meant_country(country)
    known = f"a country code; use {meant}" if meant else "the ISO 3166-1 code of a country with phone numbers"
    detail = f"{country} is not {known}."
    raise InvalidRequest(detail, [("/country", detail)])


def neighbours_of(country: str) -> tuple[str, ...]:
    """Return the other countries of a country's calling code."""
    code = str(phonenumbers.country_code_for_region(country))
    return tuple(region for region in regions_of(code) if region != country)


def split_e164(e164: str) -> tuple[str, str]:
    """Split a number after its calling code, which is "" if the number begins with no known code."""
    for end in (2, 3, 4):  # no code is a prefix of another
        if (code := e164[1:end]) in _REGIONS:
            return code, e164[end:]
    return "", e164[1:]


def split_clean_e164(text: str) -> tuple[str, str] | None:
    """Split a number that is already in E.164; None if it is not, or if libphonenumber would change it."""
    if _E164.fullmatch(text) is None:
        return None
    calling_code, national = split_e164(text)
    if not calling_code:
        return None
    prefix = _national_prefix(calling_code)
    # As in +31 06…: users include the national prefix. An empty match removes nothing.
    if prefix is not None and (dialled := prefix.match(national)) and dialled[0]:
        return None
    return calling_code, national


def classify_number(calling_code: str, national: str) -> tuple[str, str | None]:
    """Return the region of a number, and its type, None if the region has no such number.

    The region is `001` for a number that belongs to no country, such as that of a satellite phone, and "" if no region
    has such a number.
    """
    for region in regions_of(calling_code):
        leading = _leading_digits(calling_code, region)
        if leading is not None and not leading.match(national):
            continue
        match = _types(calling_code, region, len(national)).fullmatch(national)
        if match or leading is not None:
            return region, match.lastgroup if match else None
    return "", None


@cache
def _national_prefix(calling_code: str) -> re.Pattern[str] | None:
    """Return the pattern of the national prefix; regions that share a calling code share it."""
    pattern = _metadata(calling_code, _REGIONS[calling_code][0]).national_prefix_for_parsing
    return re.compile(pattern) if pattern else None


@cache
def _leading_digits(calling_code: str, region: str) -> re.Pattern[str] | None:
    """Compile the leading digits of a region; None if only the types identify the region."""
    leading = _metadata(calling_code, region).leading_digits if len(_REGIONS[calling_code]) > 1 else ""
    return None if leading is None else re.compile(leading)


@cache
def _types(calling_code: str, region: str, length: int) -> re.Pattern[str]:
    """Compile the types of a region's numbers of one length into one pattern, each a named group."""
    data = _metadata(calling_code, region)
    types = "|".join(f"(?P<{name}>{digits})" for name in _TYPES if (digits := _digits(data, name, length)))
    general = _digits(data, "general_desc", length)
    return re.compile(f"(?=(?:{general})\\Z)(?:{types})" if general and types else _NO_MATCH)


def _digits(data: PhoneMetadata, name: str, length: int) -> str:
    """Return the pattern of one type; "" if a region has no such numbers, or none of this length."""
    numbers = getattr(data, name)
    if numbers is None or length not in (numbers.possible_length or (length,)):
        return ""
    return numbers.national_number_pattern or ""


def _metadata(calling_code: str, region: str) -> PhoneMetadata:
    data = PhoneMetadata.metadata_for_region_or_calling_code(int(calling_code), region)
    assert data is not None, f"libphonenumber lists {region} but has no metadata for it"
    return data
