"""In which language a person is written to, and what of a caller's own words stands in an SMS."""

from app.domain.errors import InvalidRequest
from app.domain.locale import language_of
from app.domain.phone_number import PhoneNumber
from app.domain.text import ENGLISH, LONGEST_REFERENCE, is_safe_reference
from app.domain.verification import CodeRequest


def language_at(country: str) -> str:
    """Tell what is written to a number of a country when nobody says otherwise."""
    return language_of(country) or ENGLISH


def choose_language(ask: CodeRequest, phone: PhoneNumber) -> str:
    """Choose what the person asked for and there is a text in; "" where the number's country says as much."""
    chosen = ask.call.app.templates.speaks(ask.languages, purpose=ask.purpose) if ask.languages else ""
    return "" if chosen == language_at(phone.country) else chosen


def check_reference(ask: CodeRequest) -> None:
    """Refuse a reference that could not stand in the SMS, where the text for the purpose shows it."""
    if ask.call.app.templates.shows_reference(ask.purpose) and not is_safe_reference(ask.reference or ""):
        detail = (
            f"The SMS for this purpose shows the reference: give 1 to {LONGEST_REFERENCE} letters, digits, "
            "spaces, dashes or underscores, the first and last a letter or digit, and not 4 to 10 digits alone."
        )
        raise InvalidRequest(detail, [("/reference", detail)])
