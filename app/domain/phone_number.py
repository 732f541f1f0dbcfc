"""Phone numbers: a masked value type, parsing and validation."""

import unicodedata
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException

from app.domain.errors import DestinationNotAllowed, InvalidPhoneNumber
from app.domain.numbering_plan import classify_number, regions_of, split_clean_e164, split_e164

# Parsing uses two or three patterns of each region, and Python caches only the last 512 compiled patterns.
phonenumbers.enable_pattern_cache()

_TAKES_SMS = {"mobile", "personal_number"}
_LONGEST_INPUT = 40
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


def parse_phone_number(
    text: str, country: str | None = None, *, open_to: AbstractSet[str] | None = None, voip: bool = False
) -> PhoneNumber:
    """Parse a number as a user writes it, and refuse numbers that cannot receive an SMS.

    A national number requires `country`; a leading `00` without one reads as `+`. `open_to` lists
    the open countries (ISO 3166 alpha-2), `None` opens all. The country is checked before the
    number is validated, because the first number of each country costs milliseconds.

    Raises `InvalidPhoneNumber` or `DestinationNotAllowed`.
    """
    calling_code, national = split_clean_e164(text) or _parse(text, country)
    if open_to is not None and open_to.isdisjoint(regions_of(calling_code)):
        raise DestinationNotAllowed
    region, kind = classify_number(calling_code, national)
    if kind is None:
        raise InvalidPhoneNumber("This number does not exist. Check its digits and its country.")
    if open_to is not None and region not in open_to:
        raise DestinationNotAllowed
    if kind not in _TAKES_SMS and not (voip and kind == "voip"):
        raise InvalidPhoneNumber("A number of this type does not receive SMS. Use a mobile number.")
    return PhoneNumber(f"+{calling_code}{national}", calling_code, region)


def stored_phone_number(e164: str) -> PhoneNumber:
    """Rebuild a stored number, without its country, which `country_of` determines; it is not validated again."""
    return PhoneNumber(e164, split_e164(e164)[0])


def country_of(phone: PhoneNumber) -> str:
    """Return the country of a stored number (ISO 3166 alpha-2).

    It is `001` for a number that belongs to no country, such as that of a satellite phone, and "" if no region has such
    a number.
    """
    return phone.country or classify_number(*split_e164(phone.e164))[0]


def _parse(text: str, country: str | None) -> tuple[str, str]:
    """Parse with libphonenumber; extensions, letters and inputs over 40 characters are refused."""
    text = text.strip()
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(char, char)) for char in text)
    if len(text) > _LONGEST_INPUT or any(map(str.isalpha, text)):
        raise InvalidPhoneNumber("This is not a phone number.")
    if country is None and text.startswith("00"):
        text = f"+{text[2:]}"
    if country is None and not text.startswith(("+", "\N{FULLWIDTH PLUS SIGN}")):
        raise InvalidPhoneNumber("Start the number with + and its country code, or set `country`.")
    if clean := split_clean_e164(text.translate(_PUNCTUATION)):
        return clean
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException as error:
        raise InvalidPhoneNumber("This is not a phone number.") from error
    if number.extension:
        raise InvalidPhoneNumber("A number with an extension does not receive SMS.")
    return str(number.country_code), phonenumbers.national_significant_number(number)
