"""Create the human check that a browser must solve before it requests a code."""

from dataclasses import dataclass

from app.domain.address import Address
from app.domain.errors import InvalidRequest
from app.domain.human_check import HumanCheck
from app.domain.keyring import Keyring
from app.domain.phone_number import PhoneNumber, parse_phone_number
from app.services.parts.human_check import challenge_binding

NUMBER_HEADER = "Otp-Phone-Number"
COUNTRY_HEADER = "Otp-Country"


@dataclass(frozen=True, slots=True)
class CreateChallenge:
    """Creates challenges of the configured provider; `provider` is None where there is none."""

    provider: HumanCheck | None
    keyring: Keyring

    def __call__(
        self, number: str | None, country: str | None, *, address: Address | None, work: int = 1
    ) -> dict[str, object]:
        """Return a challenge for this number and address, or the provider's public key.

        `work` is what the refusal of an earlier token asked for; anyone may ask for more, and none for less than 1.
        Whether the country is open is checked when the code is requested. Raises `InvalidRequest` or
        `InvalidPhoneNumber`.
        """
        if self.provider is None:
            return {"provider": "off"}
        if not self.provider.needs_number:
            return self.provider.challenge(bound_to="", work=work)
        if number is None:
            detail = f"Send the number in the header {NUMBER_HEADER}; a national number also needs {COUNTRY_HEADER}."
            raise InvalidRequest(detail, [(f"header:{NUMBER_HEADER}", "The header is missing.")])
        phone = _parse_headers(number, country)
        return self.provider.challenge(bound_to=challenge_binding(phone.e164, address, self.keyring), work=work)


def _parse_headers(number: str, country: str | None) -> PhoneNumber:
    """Parse the number; a mistake names its header."""
    try:
        return parse_phone_number(number, country)
    except InvalidRequest as error:
        (mistake,) = error.errors
        header = COUNTRY_HEADER if mistake["pointer"] == "/country" else NUMBER_HEADER
        mistake["header"] = header
        del mistake["pointer"]
        raise
