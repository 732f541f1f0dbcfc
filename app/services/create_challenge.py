"""Create the human check that a browser must solve before it requests a code."""

from app.domain.address import Address
from app.domain.errors import InvalidRequest
from app.domain.human_check import HumanCheck
from app.domain.keyring import Keyring
from app.domain.phone_number import parse_phone_number
from app.services.parts.human_check import challenge_binding

NUMBER_HEADER = "Otp-Phone-Number"
COUNTRY_HEADER = "Otp-Country"


def create_challenge(
    number: str | None,
    country: str | None,
    *,
    address: Address | None,
    human_checker: HumanCheck | None,
    keyring: Keyring,
) -> dict[str, object]:
    """Return a challenge for this number and address, or the provider's public key.

    Whether the country is open is checked when the code is requested. Raises `InvalidRequest` or `InvalidPhoneNumber`.
    """
    if human_checker is None:
        return {"provider": "off"}
    if not human_checker.needs_number:
        return human_checker.challenge(bound_to="")
    if number is None:
        detail = f"Send the number in the header {NUMBER_HEADER}; a national number also needs {COUNTRY_HEADER}."
        raise InvalidRequest(detail, [(f"/{NUMBER_HEADER}", "The header is missing.")])
    phone = parse_phone_number(number, country, voip=True)
    return human_checker.challenge(bound_to=challenge_binding(phone.e164, address, keyring))
