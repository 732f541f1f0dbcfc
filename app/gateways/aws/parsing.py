"""What AWS says, in our words: its answers, and the events of messages."""

import re
from collections.abc import Mapping

from app.domain.errors import InvalidRequest
from app.domain.gateway import Refused, Unreachable
from app.domain.message import Report
from app.domain.status import Reason, Status
from app.gateways.report_parsing import first_text, inside, invert, make_report, read_json
from app.http_client import HttpResponse, require_ok, retry_after

# The event's type -> ours, and why. What is not listed becomes UNKNOWN, never an error.
STATUS: Mapping[str, tuple[Status, Reason | None]] = {
    "TEXT_QUEUED": (Status.QUEUED, None),
    "TEXT_PENDING": (Status.QUEUED, None),
    "TEXT_SENT": (Status.SENT, None),
    "TEXT_SUCCESSFUL": (Status.SENT, None),  # the network took it; in some countries that is the last word
    "TEXT_DELIVERED": (Status.DELIVERED, None),
    "TEXT_TTL_EXPIRED": (Status.EXPIRED, Reason.EXPIRED),
    "TEXT_UNREACHABLE": (Status.UNDELIVERED, Reason.UNREACHABLE_TEMPORARY),
    "TEXT_CARRIER_UNREACHABLE": (Status.UNDELIVERED, Reason.PROVIDER_ERROR),
    "TEXT_INVALID": (Status.FAILED, Reason.INVALID_NUMBER),
    "TEXT_INVALID_MESSAGE": (Status.FAILED, Reason.CONTENT_REJECTED),
    "TEXT_BLOCKED": (Status.FAILED, Reason.BLOCKED_DESTINATION),
    "TEXT_CARRIER_BLOCKED": (Status.FAILED, Reason.CONTENT_REJECTED),
    "TEXT_SPAM": (Status.FAILED, Reason.CONTENT_REJECTED),
    "TEXT_PROTECT_BLOCKED": (Status.FAILED, Reason.BLOCKED_DESTINATION),  # a guard that nobody should get round
}

# Why <- the `Reason` of an exception, or the type of one that gives none.
_WORDS = {
    Reason.OPTED_OUT: ("DESTINATION_PHONE_NUMBER_OPTED_OUT",),
    Reason.BLOCKED_DESTINATION: ("DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",),
    # Countries and prices that this account will not have, and in the sandbox all numbers but its own: another may.
    Reason.PROVIDER_ERROR: (
        "COUNTRY_NOT_ENABLED",
        "DESTINATION_PHONE_NUMBER_NOT_VERIFIED",
        "DESTINATION_COUNTRY_BLOCKED",
        "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
        "INTERNATIONAL_SENDING_NOT_SUPPORTED",
        "PRICE_OVER_THRESHOLD",
    ),
    Reason.INVALID_SENDER: (
        "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY",
        "NO_ORIGINATION_IDENTITIES_FOUND",
        "NUMBER_CAPABILITIES_MISMATCH",
        "SENDER_ID_NOT_REGISTERED",
        "SENDER_ID_NOT_SUPPORTED",
        "SENDER_ID_REQUIRES_REGISTRATION",
        # Of the sender that one country's route names, most often; others' messages still go.
        "MESSAGE_TYPE_MISMATCH",
        "RESOURCE_NOT_ACTIVE",
        "ResourceNotFoundException",
    ),
    Reason.CONFIG: (
        "CHANNEL_NOT_ENABLED",
        "INVALID_ARN",
        "RESOURCE_NOT_ACCESSIBLE",
    ),
    Reason.CONTENT_REJECTED: ("MAXIMUM_SIZE_EXCEEDED",),
    Reason.NO_CREDIT: ("MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", "ServiceQuotaExceededException"),
    Reason.AUTH: (
        "ACCOUNT_DISABLED",
        "INSUFFICIENT_ACCOUNT_REPUTATION",
        "AccessDeniedException",
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "UnrecognizedClientException",
    ),
}
REASON = invert(_WORDS)
# Why <- the field that did not validate.
FIELD = {
    "DestinationPhoneNumber": Reason.INVALID_NUMBER,
    "OriginationIdentity": Reason.INVALID_SENDER,
    "MessageBody": Reason.CONTENT_REJECTED,
    "ConfigurationSetName": Reason.CONFIG,
}


def read_answer(answer: HttpResponse) -> Mapping[str, object]:
    """Give what AWS said, or raise what went wrong: it tells by HTTP 400, of throttling too."""
    said = answer.fields()
    kind, why = _vendor_word(first_text(said, "__type").rpartition("#")[2]), _vendor_word(first_text(said, "Reason"))
    field = first_text(inside(said, "Fields", 0), "Name")
    if kind == "ThrottlingException":
        raise Unreachable("AWS is throttling.", reason=Reason.THROTTLED, word=kind, after=retry_after(answer))
    reason = REASON.get(why) or REASON.get(kind) or (FIELD.get(field) if kind == "ValidationException" else None)
    if reason:
        raise Refused("AWS refused the message.", reason=reason, word=why or kind)
    require_ok(answer, word=why or kind)
    return said


def read_event(text: str) -> list[Report]:
    """Read what a topic delivered; what tells of no message is another event, or a try by AWS whether we listen."""
    try:
        entries = [inside(entry) for entry in read_json(text.encode())]
    except InvalidRequest:
        return []
    return [_report(entry) for entry in entries if first_text(entry, "messageId") and first_text(entry, "eventType")]


def _report(event: Mapping[str, object]) -> Report:
    word = first_text(event, "eventType")
    status, reason = STATUS.get(word, (Status.UNKNOWN, None))
    return make_report(
        vendor_id=first_text(event, "messageId"),
        status=status,
        word=word,
        why=reason,
        reference=first_text(inside(event, "context"), "message"),
        recipient=first_text(event, "destinationPhoneNumber"),
    )


def _vendor_word(said: str) -> str:
    """Keep a word of the vendor's, and no sentence: that might quote what was sent."""
    return said if re.fullmatch("[A-Za-z_]{1,64}", said) else ""
