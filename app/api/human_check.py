"""What a browser needs to pass the human check."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, Field

from app.api.dependencies import ContainerDep
from app.api.openapi.examples import with_examples
from app.api.openapi.problem import Absent
from app.api.openapi.problem_responses import problem_responses
from app.api.requests import Country, PhoneNumberText
from app.domain.human_check import MAX_WORK
from app.services.create_challenge import COUNTRY_HEADER, NUMBER_HEADER

router = APIRouter(tags=["human check"])

_CHALLENGE = {
    "parameters": {
        "algorithm": "PBKDF2/SHA-256",
        "cost": 5000,
        "keyLength": 32,
        "keyPrefix": "00",
        "nonce": "9c3d1f5be0a74286b1d05e7f2a68c94d",
        "salt": "57e0b8c2146fa93d8b20d7e61c5f4a38",
        "expiresAt": 1795349400,
        "data": {"for": "Jx0Wb1T9mZsR5uYh2kQeVg"},
    },
    "signature": "5f0c7d2be8a1946330d1f7ab92c64e0b7d85a3f1609c2e4b8d17fa5063ce92d4",
}


class HumanCheckResponse(BaseModel):
    """The human check provider, and what a browser passes to its widget."""

    model_config = with_examples(
        {"provider": "altcha", "challenge": _CHALLENGE},
        {"provider": "turnstile", "site_key": "0x4AAAAAAA-your-site-key", "action": "request_code"},
        {"provider": "hcaptcha", "site_key": "5f0c7d2b-e8a1-4946-b30d-1f7ab92c64e0"},
        {"provider": "off"},
    )

    provider: Literal["off", "altcha", "turnstile", "hcaptcha"]
    challenge: dict[str, Any] | Absent = Field(
        None, description="`altcha`: valid for one number and one address, for 10 minutes."
    )
    site_key: str | Absent = Field(None, description="`turnstile` and `hcaptcha`: your site key at the provider.")
    action: str | Absent = Field(None, description="`turnstile`: the `action` to set on the widget.")


@router.get(
    "/v1/human-check",
    operation_id="getHumanCheck",
    summary="Get a human check challenge",
    response_model_exclude_none=True,
    responses=problem_responses("forbidden", "invalid_request", "invalid_phone_number", "rate_limited"),
)
async def get_human_check(
    request: Request,
    container: ContainerDep,
    number: Annotated[
        PhoneNumberText | None,
        Header(
            alias=NUMBER_HEADER, description="The number of the `request-code` that follows; required for `altcha`."
        ),
    ] = None,
    country: Annotated[
        Country | None, Header(alias=COUNTRY_HEADER, description="The country of a number in national format.")
    ] = None,
    work: Annotated[
        int,
        Query(
            ge=1,
            le=MAX_WORK,
            description="`altcha`: the `work` of the `human_check_required` that refused a cheaper token.",
        ),
    ] = 1,
) -> HumanCheckResponse:
    """Return a challenge or a site key. The number is sent in a header, because URLs end up in access logs."""
    challenge = container.create_challenge(number, country, address=request.state.address, work=work)
    return HumanCheckResponse.model_validate(challenge)
