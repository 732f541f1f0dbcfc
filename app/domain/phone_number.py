"""Phone numbers: a masked value type, parsing and validation."""

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException

from app.domain.errors import DestinationNotAllowed, InvalidPhoneNumber
from app.domain.numbering_plan import classify_number, regions_of, require_country, split_clean_e164, split_e164
from app.domain.plan_changes import plan_change, todays_number
from app.domain.typed_text import clean_typed

# Parsing uses two or three patterns of each region, and Python caches only the last 512 compiled patterns.
phonenumbers.enable_pattern_cache()

NEEDS_COUNTRY = "Start the number with + and its country code, or set `country`."
"""The detail of the error for a national number without a country."""

_LONGEST_INPUT = 40
_SCHEME = re.compile("^tel:", re.IGNORECASE)  # RFC 3966
_PUNCTUATION = str.maketrans("", "", " -.()")


@dataclass(frozen=True, slots=True, repr=False)
class PhoneNumber:
    """A number in E.164 form. `str()` is masked; use `.e164` deliberately."""

    e164: str
    calling_code: str
    country: str = ""

    @property
    def digits(self) -> str:
        """Return the number without its plus, as most vendors require it."""
        return self.e164[1:]

    def __str__(self) -> str:
        """Return the number with only its calling code and last two digits visible."""
        visible = len(self.calling_code) + 1
        return f"{self.e164[:visible]}{'*' * (len(self.e164) - visible - 2)}{self.e164[-2:]}"

    __repr__ = __str__


@dataclass(frozen=True, slots=True)
class NumberRules:
    """Which numbers are accepted: their countries (None opens all), types, and ranges newer than libphonenumber."""

    countries: AbstractSet[str] | None = None
    types: AbstractSet[str] = frozenset({"mobile", "voip", "personal_number"})
    mobile_ranges: re.Pattern[str] = re.compile("(?!)")  # of whole numbers in E.164

    def is_open(self, country: str) -> bool:
        """Return whether numbers of this country are accepted, if their type is."""
        return self.countries is None or country in self.countries


ANY_COUNTRY = NumberRules()
"""For operators, and for numbers whose rules were checked before."""


def parse_phone_number(
    text: str,
    country: str | None = None,
    rules: NumberRules = ANY_COUNTRY,
    *,
    is_test_number: Callable[[str], bool] = lambda _: False,
) -> PhoneNumber:
    """Parse a number as a user writes it, and refuse numbers that cannot receive an SMS.

    A national number requires `country`; a leading `00` without one reads as `+`. A former form of a number is
    converted to today's. `is_test_number` tells which numbers in E.164 form get no SMS, so that they need not exist.
    The country is checked before the number is validated: the first number of each country costs milliseconds.

    Raises `InvalidPhoneNumber`, `InvalidRequest` for a country that does not exist, or `DestinationNotAllowed`.
    """
    if country is not None:
        require_country(country)
    calling_code, national = split_clean_e164(text) or _parse(text, country)
    if rules.countries is not None and rules.countries.isdisjoint(regions_of(calling_code)):
        raise DestinationNotAllowed(country=regions_of(calling_code)[0], e164=f"+{calling_code}{national}")
    if is_test_number(f"+{calling_code}{national}"):
        return PhoneNumber(f"+{calling_code}{national}", calling_code, classify_number(calling_code, national)[0])
    region, kind = classify_number(calling_code, national)
    if kind not in rules.types:
        region, kind, national = _retry(calling_code, national, rules, (region, kind))
    if rules.countries is not None and region not in rules.countries:
        raise DestinationNotAllowed(country=region, e164=f"+{calling_code}{national}")
    if kind not in rules.types:
        raise InvalidPhoneNumber("A number of this type does not receive SMS. Use a mobile number.")
    return PhoneNumber(f"+{calling_code}{national}", calling_code, region)


def _retry(
    calling_code: str, national: str, rules: NumberRules, found: tuple[str, str | None]
) -> tuple[str, str | None, str]:
    """Classify a number that is not accepted as a former form, or by the operator's ranges.

    Return its region, type and national number; raises `InvalidPhoneNumber` for a number that does not exist.
    """
    if rules.mobile_ranges.fullmatch(f"+{calling_code}{national}"):
        return found[0] or regions_of(calling_code)[0], "mobile", national
    if (todays := todays_number(calling_code, national)) and (new := classify_number(calling_code, todays))[
        1
    ] == "mobile":
        return *new, todays
    if found[1] is None:
        change = plan_change(calling_code, national)
        raise InvalidPhoneNumber(change or "This number does not exist. Check its digits and its country.")
    return *found, national


def stored_phone_number(e164: str) -> PhoneNumber:
    """Rebuild a stored number, without its country, which `country_of` determines; it is not validated again."""
    return PhoneNumber(e164, split_e164(e164)[0])


def country_of(phone: PhoneNumber) -> str:
    """Return the country of a stored number (ISO 3166 alpha-2).

    It is `001` for a number that belongs to no country, such as that of a satellite phone, and "" if no region has such
    a number.
    """
    return phone.country or classify_number(*split_e164(phone.e164))[0]


def possible_phone_number(text: str) -> PhoneNumber | None:
    """Return the number of a text in international form if its length is possible, whether it exists or not."""
    try:
        number = phonenumbers.parse(clean_typed(text))
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return stored_phone_number(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _parse(text: str, country: str | None) -> tuple[str, str]:
    """Parse with libphonenumber; extensions, letters and inputs over 40 characters are refused."""
    text = _SCHEME.sub("", clean_typed(text)).lstrip("( ")  # as in (+31)612345678
    if len(text) > _LONGEST_INPUT or any(map(str.isalpha, text)):
        raise InvalidPhoneNumber("This is not a phone number.")
    if country is None and text.startswith("00"):
        text = f"+{text[2:]}"
    if country is None and not text.startswith("+"):
        raise InvalidPhoneNumber(NEEDS_COUNTRY)
    if clean := split_clean_e164(text.translate(_PUNCTUATION)):
        return clean
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException as error:
        raise InvalidPhoneNumber("This is not a phone number.") from error
    if number.extension:
        raise InvalidPhoneNumber("A number with an extension does not receive SMS.")
    return str(number.country_code), phonenumbers.national_significant_number(number)
