"""Routes of messages: send to one number or many; get and cancel a message; report what became of its code."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from app.api.call_context import CallContext, get_call_context
from app.api.dependencies import BackendDep, ContainerDep
from app.api.message_requests import MessageBody, OutcomeBody
from app.api.message_responses import MessagesResponse, OutgoingMessageResponse, RecipientResponse
from app.api.openapi.examples import MESSAGE_ID
from app.api.openapi.problem_responses import problem_responses
from app.domain.outgoing_message import RefusedRecipient
from app.http.json_route import JsonRoute

router = APIRouter(tags=["messages"], route_class=JsonRoute)
Id = Annotated[str, Path(max_length=64, examples=[MESSAGE_ID])]
_PROBLEMS = problem_responses(
    "unauthorized", "forbidden", "no_such_message", "invalid_request", "rate_limited", "temporarily_unavailable"
)


@router.post(
    "/v1/messages",
    operation_id="sendMessages",
    status_code=202,
    summary="Send messages",
    response_model_exclude_none=True,
    responses=problem_responses(
        "invalid_request",
        "invalid_phone_number",
        "unauthorized",
        "forbidden",
        "destination_not_allowed",
        "destination_blocked",
        "opted_out",
        "idempotency_key_reused",
        "rate_limited",
        "body_too_large",
        "unsupported_media_type",
        "temporarily_unavailable",
    ),
)
async def post_messages(
    body: MessageBody, _: BackendDep, call: Annotated[CallContext, Depends(get_call_context)]
) -> MessagesResponse:
    """Send one text to one number or many; a single number that is refused is answered as an error."""
    container = call.container
    request = body.to_request(call.request_context(body), container.clock(), accept_language=call.accept_language)
    recipients = await container.send_messages(request)
    if body.to is None and isinstance(recipients[0], RefusedRecipient):
        raise recipients[0].error
    return MessagesResponse(messages=[RecipientResponse.of(recipient) for recipient in recipients])


@router.get("/v1/messages/{id}", operation_id="getMessage", summary="Get a message", responses=_PROBLEMS)
async def show_message(id: Id, caller: BackendDep, container: ContainerDep) -> OutgoingMessageResponse:
    """Return a message and its delivery status, those of verifications too, until `OTP_KEEP` after its end."""
    return OutgoingMessageResponse.model_validate(await container.get_message(id, caller.app))


@router.post(
    "/v1/messages/{id}/outcome",
    operation_id="reportOutcome",
    status_code=204,
    summary="Report the outcome of a code",
    responses=_PROBLEMS | problem_responses("body_too_large", "unsupported_media_type"),
)
async def post_outcome(body: OutcomeBody, id: Id, caller: BackendDep, container: ContainerDep) -> None:
    """Report what became of a code that you checked yourself, for the fraud guard; only the first report counts."""
    await container.report_outcome(id, caller.app, approved=body.approved)


@router.delete(
    "/v1/messages/{id}", operation_id="cancelMessage", status_code=204, summary="Cancel a message", responses=_PROBLEMS
)
async def delete_message(id: Id, caller: BackendDep, container: ContainerDep) -> None:
    """Cancel a message that waits: no gateway was called for it yet."""
    await container.cancel_message(id, caller.app)
