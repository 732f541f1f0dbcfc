"""Routes of verifications: request, resend and verify a code; get, search and cancel verifications."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path

from app.api.call_context import CallDep
from app.api.dependencies import BackendDep, ContainerDep
from app.api.openapi.examples import ID
from app.api.openapi.links import link_by_body, link_by_id
from app.api.openapi.problem_responses import problem_responses
from app.api.requests import AnyCodeCheckBody, AnyCodeRequestBody, CodeRequestBody, SearchBody
from app.api.responses import ApprovedResponse, PendingResponse, SearchResponse, VerificationResponse
from app.container import Container
from app.http.json_route import JsonRoute
from app.http.rate_limit_headers import check_limit_headers, send_limit_headers

router = APIRouter(tags=["verifications"], route_class=JsonRoute)
_REQUEST_LINKS: dict[int | str, dict[str, Any]] = {
    202: {
        "links": link_by_body("verifyCode", "verification_id", "Check the code that the user types.")
        | link_by_body("requestCode", "verification_id", "Resend the code.")
        | link_by_id("getVerification", "verification_id", "Get the delivery status of the SMS.")
        | link_by_id("cancelVerification", "verification_id", "Cancel the verification.")
    }
}
_CHECK_LINKS: dict[int | str, dict[str, Any]] = {
    200: {
        "links": link_by_body("redeemProof", "proof", "Redeem the proof, once.")
        | link_by_body("introspectProof", "proof", "Introspect the proof.")
        | link_by_id("getVerification", "verification_id", "Get the ended verification.")
    }
}
_VERIFICATION_PROBLEMS = problem_responses(
    "unauthorized", "forbidden", "no_pending_verification", "invalid_request", "rate_limited", "temporarily_unavailable"
)
Id = Annotated[str, Path(max_length=64, examples=[ID])]


@router.post(
    "/v1/request-code",
    operation_id="requestCode",
    status_code=202,
    summary="Request or resend a code",
    responses=_REQUEST_LINKS
    | problem_responses(
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
async def post_request_code(body: AnyCodeRequestBody, call: CallDep) -> PendingResponse:
    """Send an SMS with a code to a phone number; with a `verification_id`, resend its code."""
    caller, container, context = call.caller, call.container, call.request_context(body)
    if isinstance(body, CodeRequestBody):
        request = body.to_request(context, caller, _today(container), accept_language=call.accept_language)
        pending = await container.request_code(request)
    else:
        pending = await container.resend_code(body.to_request(context, caller))
    if caller.secret:
        call.response_headers.update(send_limit_headers(caller.app, pending.closest_limit))
    return PendingResponse.of(pending, code_length=caller.app.policy.code_length)


@router.post(
    "/v1/verify-code",
    operation_id="verifyCode",
    summary="Check a code",
    responses=_CHECK_LINKS
    | problem_responses(
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
async def post_verify_code(body: AnyCodeCheckBody, call: CallDep) -> ApprovedResponse:
    """Exchange the code from the SMS for a proof, once."""
    caller = call.caller
    approval = await call.container.verify_code(body.to_code_check(call.request_context(body), caller))
    if caller.secret:
        call.response_headers.update(check_limit_headers(caller.app, None))
    return ApprovedResponse.of(approval, caller)


@router.post(
    "/v1/verifications/search",
    operation_id="searchVerifications",
    summary="Search the verifications and messages of a number",
    responses=problem_responses(
        "invalid_request",
        "invalid_phone_number",
        "unauthorized",
        "forbidden",
        "rate_limited",
        "body_too_large",
        "unsupported_media_type",
        "temporarily_unavailable",
    ),
)
async def search_verifications(body: SearchBody, caller: BackendDep, container: ContainerDep) -> SearchResponse:
    """Return the app's verifications and messages of a number, and what refuses it a new one now; nothing is spent."""
    search = body.to_search(caller, _today(container))
    return SearchResponse.model_validate(await container.search_verifications(search))


@router.get(
    "/v1/verifications/{id}",
    operation_id="getVerification",
    summary="Get a verification",
    responses=_VERIFICATION_PROBLEMS,
)
async def show_verification(id: Id, caller: BackendDep, container: ContainerDep) -> VerificationResponse:
    """Return a verification and the delivery status of each SMS, until `OTP_KEEP` after its end."""
    return VerificationResponse.model_validate(await container.get_verification(id, caller.app))


@router.delete(
    "/v1/verifications/{id}",
    operation_id="cancelVerification",
    status_code=204,
    summary="Cancel a verification",
    responses=_VERIFICATION_PROBLEMS,
)
async def delete_verification(id: Id, caller: BackendDep, container: ContainerDep) -> None:
    """End a pending verification; its code stops working at once."""
    await container.cancel_verification(id, caller.app)


def _today(container: Container) -> date:
    return datetime.fromtimestamp(container.clock(), UTC).date()
