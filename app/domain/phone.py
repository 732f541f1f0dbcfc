"""A number that masks itself, and how one is read."""

import unicodedata
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from app.domain.errors import DestinationNotAllowed, InvalidPhoneNumber

_TAKES_SMS = {
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.PERSONAL_NUMBER,
}
_LONGEST_INPUT = 40


@dataclass(frozen=True, slots=True, repr=False)
class Phone:
    """A number in E.164 form. `str()` is masked; ask for `.e164` on purpose."""

    e164: str
    calling_code: str
    country: str = ""

    @property
    def digits(self) -> str:
        """Give the number without its plus, as most vendors want it."""
        return self.e164[1:]

    def __str__(self) -> str:
        """Show the calling code and the last two digits."""
        shown = len(self.calling_code) + 1
        return f"{self.e164[:shown]}{'*' * (len(self.e164) - shown - 2)}{self.e164[-2:]}"

    __repr__ = __str__


def read_phone(
    text: str, country: str | None = None, *, open_to: AbstractSet[str] | None = None, voip: bool = False
) -> Phone:
    """Read a number as a person writes it, and refuse what cannot receive an SMS.

    A national number needs its `country`; a leading `00` without one reads as `+`. `open_to` names
    the open countries (ISO 3166 alpha-2), `None` opens all: the country is looked at before the
    number is validated whole, for libphonenumber compiles a set of patterns per region and Python
    keeps only the last 512.

    Raises `InvalidPhoneNumber` or `DestinationNotAllowed`.
    """
    number = _parse(text, country)
    calling_code = number.country_code or 0
    regions = phonenumbers.region_codes_for_country_code(calling_code)
    if open_to is not None and open_to.isdisjoint(regions):
        raise DestinationNotAllowed
    region = phonenumbers.region_code_for_number(number)
    if region is None or not phonenumbers.is_valid_number(number):
        raise InvalidPhoneNumber("This number does not exist. Check its digits and its country.")
    if open_to is not None and region not in open_to:
        raise DestinationNotAllowed
    kind = phonenumbers.number_type(number)
    if kind not in _TAKES_SMS and not (voip and kind == PhoneNumberType.VOIP):
        raise InvalidPhoneNumber("A number of this type does not receive SMS. Give a mobile number.")
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Phone(e164, str(calling_code), region)


def known_phone(e164: str) -> Phone:
    """Rebuild a number that was read before and kept; it is not judged again."""
    number = phonenumbers.parse(e164, None)
    return Phone(e164, str(number.country_code))


def country_of(phone: Phone) -> str:
    """Find the country that a kept number belongs to (ISO 3166 alpha-2); "" for one that belongs to none."""
    return phone.country or phonenumbers.region_code_for_number(phonenumbers.parse(phone.e164, None)) or ""


def _parse(text: str, country: str | None) -> phonenumbers.PhoneNumber:
    """Find the digits; extensions, letters and absurd lengths are refused."""
    text = "".join(str(unicodedata.decimal(letter, letter)) for letter in text.strip())
    if len(text) > _LONGEST_INPUT or any(letter.isalpha() for letter in text):
        raise InvalidPhoneNumber("This is not a phone number.")
    if country is None and text.startswith("00"):
        text = f"+{text[2:]}"
    if country is None and not text.startswith(("+", "\N{FULLWIDTH PLUS SIGN}")):
        raise InvalidPhoneNumber("Start the number with + and its country's code, or give its `country`.")
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException as error:
        raise InvalidPhoneNumber("This is not a phone number.") from error
    if number.extension:
        raise InvalidPhoneNumber("A number with an extension does not receive SMS.")
    return number
