"""Reads a number by libphonenumber alone: slow, plain, and what `app.domain.phone_number` has to agree with."""

import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from app.domain.errors import DestinationNotAllowed, InvalidPhoneNumber
from app.domain.phone_number import PhoneNumber

_TAKES_SMS = {
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.PERSONAL_NUMBER,
}
_NAMES = {PhoneNumberType.UNKNOWN: None, PhoneNumberType.FIXED_LINE_OR_MOBILE: "mobile"}


def plainly_read(text, country=None, *, open_to=None, voip=False):
    """Do what `read_phone` does, in as many steps as it takes."""
    number = _parse(text, country)
    regions = phonenumbers.region_codes_for_country_code(number.country_code)
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
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return PhoneNumber(e164, str(number.country_code), region)


def plainly_known(e164):
    """Do what `known_phone` and `country_of` do: give a kept number's calling code and country."""
    number = phonenumbers.parse(e164, None)
    return str(number.country_code), phonenumbers.region_code_for_number(number) or ""


def plainly_placed(calling_code, national):
    """Do what `place` does: give a number's country and the name of its type."""
    zeros = len(national) - len(national.lstrip("0"))
    number = phonenumbers.PhoneNumber(
        country_code=int(calling_code),
        national_number=int(national),
        italian_leading_zero=zeros > 0,
        number_of_leading_zeros=zeros,
    )
    kind = phonenumbers.number_type(number)
    name = PhoneNumberType.to_string(kind).lower()
    return phonenumbers.region_code_for_number(number) or "", _NAMES.get(kind, name)


def _parse(text, country):
    text = "".join(str(unicodedata.decimal(letter, letter)) for letter in text.strip())
    if len(text) > 40 or any(letter.isalpha() for letter in text):
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
