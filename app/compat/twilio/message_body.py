"""A message in Twilio's fields; its SDKs read each by name, and pass on what is null."""

from datetime import UTC, datetime
from email.utils import format_datetime

from app.compat.twilio.parameters import Parameters
from app.compat.twilio.sids import message_sid
from app.domain.outgoing_message import OutgoingMessage
from app.domain.sms_segments import measure
from app.domain.status import Reason, Status

API = "2010-04-01"

# Our status -> Twilio's; it has none for a message whose gateway did not say whether it took it.
STATUS = {
    Status.QUEUED: "queued",
    Status.SENT: "sent",
    Status.BUFFERED: "sent",
    Status.DELIVERED: "delivered",
    Status.UNDELIVERED: "undelivered",
    Status.EXPIRED: "undelivered",
    Status.FAILED: "failed",
    Status.UNKNOWN: "sent",
    "canceled": "canceled",
}

# Our reason -> Twilio's error code and its message; all others are 30008.
ERRORS = {
    Reason.INVALID_NUMBER: (30005, "Unknown destination handset"),
    Reason.UNREACHABLE_TEMPORARY: (30003, "Unreachable destination handset"),
    Reason.UNREACHABLE_PERMANENT: (30005, "Unknown destination handset"),
    Reason.OPTED_OUT: (21610, "Attempt to send to unsubscribed recipient"),
    Reason.BLOCKED_DESTINATION: (30004, "Message blocked"),
    Reason.CONTENT_REJECTED: (30007, "Message filtered"),
    Reason.EXPIRED: (30036, "Validity period expired"),
}
_UNKNOWN_ERROR = (30008, "Unknown error")


def sent_body(
    message: OutgoingMessage, text: str, parameters: Parameters, account: str, now: float
) -> dict[str, object]:
    """Return a message that was just accepted, with what its caller sent."""
    return message_body(message, account, now) | {
        "body": text,
        "num_segments": str(measure(text).segments),
        "from": parameters.get("From"),
        "messaging_service_sid": parameters.get("MessagingServiceSid"),
    }


def message_body(message: OutgoingMessage, account: str, now: float) -> dict[str, object]:
    """Return a message; `now` is seconds since 1970. Its text and sender are not stored."""
    sid = message_sid(message.id)
    last = message.messages[-1] if message.messages else None
    error, why = _error(message)
    path = f"/{API}/Accounts/{account}/Messages/{sid}"
    price, _, currency = (last.price if last and last.price else "").partition(" ")
    is_scheduled = message.send_at is not None and message.send_at > now * 1000
    history = last.history if last else []
    sent_at = next((entry.at for entry in history if entry.status is Status.SENT), None)
    return {
        "sid": sid,
        "account_sid": account,
        "api_version": API,
        "body": "",
        "status": "scheduled" if is_scheduled and message.status is Status.QUEUED else STATUS[message.status],
        "direction": "outbound-api",
        "to": message.phone.e164,
        "from": None,
        "messaging_service_sid": None,
        "num_segments": str(last.segments or 1) if last else "0",
        "num_media": "0",
        "price": f"-{price}" if price else None,
        "price_unit": currency or None,
        "error_code": error,
        "error_message": why,
        "date_created": _date(message.created_at),
        "date_sent": _date(sent_at) if sent_at else None,
        "date_updated": _date(history[-1].at if history else message.created_at),
        "uri": f"{path}.json",
        "subresource_uris": {"media": f"{path}/Media.json"},
    }


def _error(message: OutgoingMessage) -> tuple[int | None, str | None]:
    if STATUS[message.status] not in {"undelivered", "failed"}:
        return None, None
    if message.status is Status.EXPIRED:
        return ERRORS[Reason.EXPIRED]
    reason = message.messages[-1].reason if message.messages else None
    return ERRORS.get(reason, _UNKNOWN_ERROR) if reason else _UNKNOWN_ERROR


def _date(milliseconds: int) -> str:
    """Write a time as this API has it (RFC 2822)."""
    return format_datetime(datetime.fromtimestamp(milliseconds // 1000, UTC))
