"""Choose the language of an SMS, and check the reference that its text shows."""

from app.domain.errors import InvalidRequest
from app.domain.locale import language_of
from app.domain.phone_number import PhoneNumber
from app.domain.sms_templates import ENGLISH, MAX_REFERENCE_LENGTH, is_safe_reference
from app.domain.verification import CodeRequest


def language_at(country: str) -> str:
    """Return the default language of a country, or English."""
    return language_of(country) or ENGLISH


def choose_language(request: CodeRequest, phone: PhoneNumber) -> str:
    """Choose a requested language that has a text; "" where it is the default of the number's country."""
    chosen = (
        request.call.app.templates.choose_locale(request.languages, purpose=request.purpose)
        if request.languages
        else ""
    )
    return "" if chosen == language_at(phone.country) else chosen


def check_reference(request: CodeRequest) -> None:
    """Refuse a reference that is unsafe in an SMS, where the text for the purpose shows it."""
    if request.call.app.templates.shows_reference(request.purpose) and not is_safe_reference(request.reference or ""):
        detail = (
            f"The SMS for this purpose shows the reference: give 1 to {MAX_REFERENCE_LENGTH} letters, digits, "
            "spaces, dashes or underscores, the first and last a letter or digit, and not 4 to 10 digits alone."
        )
        raise InvalidRequest(detail, [("/reference", detail)])
