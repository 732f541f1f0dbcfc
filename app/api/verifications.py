"""Ask for a code; check it; look at it; cancel it."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from app.api.answers import Approved, Pending, VerificationBody
from app.api.bodies import CheckBody, CodeBody
from app.api.calls import HeadDep
from app.api.deps import BackendDep, ToolsDep
from app.api.documented import problems_of
from app.api.examples import ID
from app.api.hot import ask, check
from app.api.keyed import KeyedRoute
from app.api.links import leading_to
from app.services.cancel import cancel
from app.services.look import look

router = APIRouter(tags=["verifications"], route_class=KeyedRoute)
_AFTER_ASKING = leading_to(
    202,
    ("post /v1/verify-code", "verification_id", "Check the code that the person types."),
    ("post /v1/request-code", "verification_id", "Send the code once more."),
    ("get /v1/verifications/{id}", "verification_id", "See what became of the SMS."),
    ("delete /v1/verifications/{id}", "verification_id", "Think better of it."),
)
_AFTER_CHECKING = leading_to(
    200,
    ("post /v1/proofs/redeem", "proof", "Redeem the proof, once."),
    ("post /v1/proofs/introspect", "proof", "Look at the proof."),
    ("get /v1/verifications/{id}", "verification_id", "See how it ended."),
)
_OF_ONE = problems_of(
    "unauthorized", "forbidden", "no_pending_verification", "invalid_request", "rate_limited", "temporarily_unavailable"
)
Id = Annotated[str, Path(max_length=64, examples=[ID])]


@router.post(
    "/v1/request-code",
    status_code=202,
    summary="Ask for a code, or for the same one again",
    responses=_AFTER_ASKING
    | problems_of(
        "invalid_request",
        "invalid_phone_number",
        "unauthorized",
        "forbidden",
        "destination_not_allowed",
        "destination_blocked",
        "human_check_required",
        "human_check_failed",
        "idempotency_key_reused",
        "no_pending_verification",
        "rate_limited",
        "too_many_attempts",
        "body_too_large",
        "unsupported_media_type",
        "temporarily_unavailable",
    ),
)
async def ask_for_code(body: CodeBody, head: HeadDep, response: Response, tools: ToolsDep) -> Pending:
    """Send an SMS with a code to a number; with a `verification_id`, send its code once more."""
    answer, quota = await ask(body, head, tools)
    response.headers.update(quota)
    return answer


@router.post(
    "/v1/verify-code",
    summary="Check a code",
    responses=_AFTER_CHECKING
    | problems_of(
        "incorrect_code",
        "unauthorized",
        "forbidden",
        "no_pending_verification",
        "invalid_request",
        "invalid_phone_number",
        "idempotency_key_reused",
        "rate_limited",
        "too_many_attempts",
        "body_too_large",
        "unsupported_media_type",
        "temporarily_unavailable",
    ),
)
async def check_code(body: CheckBody, head: HeadDep, response: Response, tools: ToolsDep) -> Approved:
    """Exchange the code from the SMS for a proof, once."""
    answer, quota = await check(body, head, tools)
    response.headers.update(quota)
    return answer


@router.get(
    "/v1/verifications/{id}",
    summary="Look at a verification",
    responses=_OF_ONE,
)
async def look_at_verification(id: Id, caller: BackendDep, tools: ToolsDep) -> VerificationBody:
    """Tell how a verification stands and what became of each SMS, until a day after its end."""
    return VerificationBody.of(await look(id, app=caller.app.name, keyring=tools.keyring, views=tools.views))


@router.delete(
    "/v1/verifications/{id}",
    status_code=204,
    summary="Cancel a verification",
    responses=_OF_ONE,
)
async def cancel_verification(id: Id, caller: BackendDep, tools: ToolsDep) -> None:
    """End a pending verification; its code stops working at once."""
    await cancel(id, app=caller.app, verifications=tools.verifications)
