"""Read the responses of AWS and the events of messages."""

from collections.abc import Mapping

from app.domain.errors import InvalidRequest
from app.domain.message import Report
from app.domain.status import Reason, Status
from app.gateways.report_parsing import first_text, invert_codes, loggable, make_report, object_at, price, read_json

# Our status <- the event's type.
STATUS = invert_codes(
    {
        Status.QUEUED: "TEXT_QUEUED TEXT_PENDING",
        Status.SENT: "TEXT_SENT TEXT_SUCCESSFUL",  # the latter is the final state in some countries
        Status.DELIVERED: "TEXT_DELIVERED",
        Status.EXPIRED: "TEXT_TTL_EXPIRED",
        Status.UNDELIVERED: "TEXT_UNREACHABLE TEXT_CARRIER_UNREACHABLE",
        Status.FAILED: "TEXT_INVALID TEXT_INVALID_MESSAGE TEXT_BLOCKED TEXT_CARRIER_BLOCKED TEXT_SPAM "
        "TEXT_PROTECT_BLOCKED",
    }
)
# Reason <- the event's type.
_EVENT_TYPES = {
    Reason.INVALID_NUMBER: "TEXT_INVALID",
    Reason.UNREACHABLE_TEMPORARY: "TEXT_UNREACHABLE",
    Reason.BLOCKED_DESTINATION: "TEXT_BLOCKED TEXT_PROTECT_BLOCKED",  # the latter: AWS's fraud guard
    Reason.CONTENT_REJECTED: "TEXT_INVALID_MESSAGE TEXT_CARRIER_BLOCKED TEXT_SPAM",
    Reason.PROVIDER_ERROR: "TEXT_CARRIER_UNREACHABLE",
}
REPORT_REASON = invert_codes(_EVENT_TYPES)

# Reason <- the `Reason` of an exception, or its type if it has none.
_WORDS = {
    Reason.OPTED_OUT: "DESTINATION_PHONE_NUMBER_OPTED_OUT",
    Reason.BLOCKED_DESTINATION: "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
    # Countries and prices that this account excludes, and in the sandbox all unverified numbers: another gateway may.
    Reason.PROVIDER_ERROR: "COUNTRY_NOT_ENABLED DESTINATION_COUNTRY_BLOCKED DESTINATION_PHONE_NUMBER_NOT_VERIFIED "
    "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION INTERNATIONAL_SENDING_NOT_SUPPORTED PRICE_OVER_THRESHOLD",
    # The last three are most often about the sender of one country's route; other messages still go.
    Reason.INVALID_SENDER: "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY NO_ORIGINATION_IDENTITIES_FOUND "
    "NUMBER_CAPABILITIES_MISMATCH SENDER_ID_NOT_REGISTERED SENDER_ID_NOT_SUPPORTED SENDER_ID_REQUIRES_REGISTRATION "
    "MESSAGE_TYPE_MISMATCH RESOURCE_NOT_ACTIVE ResourceNotFoundException",
    Reason.CONFIG: "CHANNEL_NOT_ENABLED INVALID_ARN RESOURCE_NOT_ACCESSIBLE",
    Reason.CONTENT_REJECTED: "MAXIMUM_SIZE_EXCEEDED",
    Reason.NO_CREDIT: "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT ServiceQuotaExceededException",
    Reason.AUTH: "ACCOUNT_DISABLED INSUFFICIENT_ACCOUNT_REPUTATION AccessDeniedException ExpiredTokenException "
    "IncompleteSignatureException InvalidSignatureException MissingAuthenticationTokenException "
    "UnrecognizedClientException",
}
REASON = invert_codes(_WORDS)
_WORD = "[A-Za-z_]{1,64}"
# The field that failed validation -> reason: the exception alone names none.
FIELD = {
    "DestinationPhoneNumber": Reason.INVALID_NUMBER,
    "OriginationIdentity": Reason.INVALID_SENDER,
    "MessageBody": Reason.CONTENT_REJECTED,
    "ConfigurationSetName": Reason.CONFIG,
}


def read_error(fields: Mapping[str, object]) -> tuple[Reason | None, str]:
    """Return the reason of an exception, if it is listed, and its word; AWS answers 400 also for throttling."""
    kind = loggable(first_text(fields, "__type").rpartition("#")[2], _WORD)
    why = loggable(first_text(fields, "Reason"), _WORD)
    if kind == "ThrottlingException":
        return Reason.THROTTLED, kind
    field = first_text(object_at(fields, "Fields", 0), "Name") if kind == "ValidationException" else ""
    return REASON.get(why) or REASON.get(kind) or FIELD.get(field), why or kind


def read_event(text: str) -> list[Report]:
    """Read the events in a topic's message; other events and AWS's test messages are skipped."""
    try:
        entries = [object_at(entry) for entry in read_json(text.encode())]
    except InvalidRequest:
        return []
    return [report for entry in entries if (report := _read_entry(entry))]


def _read_entry(event: Mapping[str, object]) -> Report | None:
    """Read one event; None for one that is not about a message."""
    word = first_text(event, "eventType")
    return make_report(
        vendor_id=first_text(event, "messageId"),
        status=STATUS.get(word),
        word=word,
        reason=REPORT_REASON.get(word),
        reference=first_text(object_at(event, "context"), "message"),
        recipient=first_text(event, "destinationPhoneNumber"),
        price=_total(event),
    )


def _total(event: Mapping[str, object]) -> str | None:
    """Return the price of all parts in US dollars, with the carriers' fee that AWS bills beside it, if it is known."""
    fee = event.get("totalCarrierFee")
    return price(event.get("totalMessagePrice"), *([fee] if fee is not None else []), currency="USD")
