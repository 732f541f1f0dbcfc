"""Parses numbers with libphonenumber only: the slow reference that `app.domain.phone_number` must match."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from app.domain.errors import DestinationNotAllowed, InvalidPhoneNumber
from app.domain.numbering_plan import require_country
from app.domain.phone_number import PhoneNumber
from app.domain.typed_text import clean_typed

_NAMES = {PhoneNumberType.UNKNOWN: None, PhoneNumberType.FIXED_LINE_OR_MOBILE: "mobile"}


def reference_parse(text, country, rules):
    """Do what `parse_phone_number` does, step by step."""
    if country is not None:
        require_country(country)
    number = _parse(text, country)
    regions = phonenumbers.region_codes_for_country_code(number.country_code)
    if rules.countries is not None and rules.countries.isdisjoint(regions):
        raise DestinationNotAllowed
    region = phonenumbers.region_code_for_number(number)
    if region is None or not phonenumbers.is_valid_number(number):
        raise InvalidPhoneNumber("This number does not exist. Check its digits and its country.")
    if rules.countries is not None and region not in rules.countries:
        raise DestinationNotAllowed
    kind = phonenumbers.number_type(number)
    if _NAMES.get(kind, PhoneNumberType.to_string(kind).lower()) not in rules.types:
        raise InvalidPhoneNumber("A number of this type does not receive SMS. Use a mobile number.")
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return PhoneNumber(e164, str(number.country_code), region)


def reference_stored(e164):
    """Do what `stored_phone_number` and `country_of` do: return the calling code and country of a stored number."""
    number = phonenumbers.parse(e164, None)
    return str(number.country_code), phonenumbers.region_code_for_number(number) or ""


def reference_classify(calling_code, national):
    """Do what `classify_number` does: return the country of a number and the name of its type."""
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
    text = clean_typed(text).lstrip("( ")
    if len(text) > 40 or any(letter.isalpha() for letter in text):
        raise InvalidPhoneNumber("This is not a phone number.")
    if country is None and text.startswith("00"):
        text = f"+{text[2:]}"
    if country is None and not text.startswith("+"):
        raise InvalidPhoneNumber("Start the number with + and its country code, or set `country`.")
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException as error:
        raise InvalidPhoneNumber("This is not a phone number.") from error
    if number.extension:
        raise InvalidPhoneNumber("A number with an extension does not receive SMS.")
    return number
