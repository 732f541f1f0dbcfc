"""The operations on messages (Twilio's Programmable Messaging): send, fetch, cancel."""

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.responses import Response

from app.compat.twilio.answers import answer
from app.compat.twilio.errors import TwilioError
from app.compat.twilio.message_body import message_body, sent_body
from app.compat.twilio.message_errors import (
    INVALID_SCHEDULE,
    NO_BODY,
    NO_SENDER,
    NO_TO,
    NOT_SUPPORTED,
    TOO_LONG,
    message_error,
)
from app.compat.twilio.parameters import Parameters
from app.compat.twilio.sids import message_id
from app.container import Container
from app.domain.api_key import Caller
from app.domain.errors import NotFound, OtpError
from app.domain.outgoing_message import MAX_AHEAD_MS, FreeText, MessageRequest, RefusedRecipient
from app.domain.request_context import RequestContext

PURPOSE = "message"
_MAX_BODY = 1600  # characters (Twilio's error 21617)
_LONGEST_VALIDITY = 36_000  # seconds, and the default: https://www.twilio.com/docs/messaging/api/message-resource
_SHORTEST_TTL = 30
# What Twilio sells beside a text by SMS: pictures, contents that are stored there, other channels.
_NOT_OURS = ("MediaUrl", "ContentSid", "ContentVariables", "PersistentAction", "SendAsMms")


@dataclass(frozen=True, slots=True, repr=False)
class MessageCall:
    """One call of an operation, with its parameters; `target` is the sid of the path."""

    caller: Caller
    account: str
    container: Container
    parameters: Parameters
    target: str
    request_id: str
    traceparent: str


async def send(call: MessageCall) -> Response:
    """Send a text; `From` or `MessagingServiceSid` must be there, and the sender is that of the settings."""
    parameters, container = call.parameters, call.container
    to, text = parameters.get("To", ""), parameters.get("Body", "")
    _require(parameters, to, text)
    now = container.clock()
    request = MessageRequest(
        call=RequestContext(
            call.caller.app, key=call.caller.key, request_id=call.request_id, traceparent=call.traceparent
        ),
        recipients=[to],
        country=None,
        content=FreeText(text),
        purpose=PURPOSE,
        reference=None,
        day=datetime.fromtimestamp(now, UTC).date(),
        send_at=_send_at(parameters, now),
        ttl=_ttl(parameters),
    )
    try:
        (recipient,) = await container.send_messages(request)
        if isinstance(recipient, RefusedRecipient):
            raise recipient.error
    except OtpError as error:
        raise message_error(error) from None
    message = await container.get_message(recipient.id, call.caller.app)
    return answer(sent_body(message, text, parameters, call.account, now), 201)


async def fetch(call: MessageCall) -> Response:
    """Return a message; its text is not stored, so `body` is empty."""
    message = await call.container.get_message(_id(call), call.caller.app)
    return answer(message_body(message, call.account, call.container.clock()))


async def update(call: MessageCall) -> Response:
    """Cancel a message that waits; nothing else of a message can be changed."""
    if call.parameters.get("Status", "").lower() != "canceled":
        raise TwilioError(NOT_SUPPORTED)
    await call.container.cancel_message(_id(call), call.caller.app)
    return await fetch(call)


def _id(call: MessageCall) -> str:
    id = message_id(call.target)
    if id is None:
        raise NotFound
    return id


def _require(parameters: Parameters, to: str, text: str) -> None:
    """Refuse a call without what every message needs, or with what is no text by SMS."""
    if parameters.keys() & set(_NOT_OURS) or ":" in to:  # `whatsapp:+31…` and the like
        raise TwilioError(NOT_SUPPORTED)
    if not to:
        raise TwilioError(NO_TO)
    if not (parameters.get("From") or parameters.get("MessagingServiceSid")):
        raise TwilioError(NO_SENDER)
    if not text.strip():
        raise TwilioError(NO_BODY)
    if len(text) > _MAX_BODY:
        raise TwilioError(TOO_LONG)


def _send_at(parameters: Parameters, now: float) -> int:
    """Return when to send, in milliseconds since 1970; 0 for now."""
    text = parameters.get("SendAt", "")
    if not text:
        return 0
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise TwilioError(INVALID_SCHEDULE) from None
    moment = round(at.timestamp() * 1000) if at.tzinfo else 0
    is_fixed = parameters.get("ScheduleType", "").lower() == "fixed"
    if not is_fixed or not now * 1000 < moment <= now * 1000 + MAX_AHEAD_MS:
        raise TwilioError(INVALID_SCHEDULE)
    return moment


def _ttl(parameters: Parameters) -> int:
    """Return the validity period in seconds; one below our shortest lifetime is that."""
    text = parameters.get("ValidityPeriod", "")
    seconds = int(text) if text.isascii() and text.isdecimal() else _LONGEST_VALIDITY
    return max(_SHORTEST_TTL, min(seconds, _LONGEST_VALIDITY))
