"""The error tree.

OtpError
├── Unauthorized             the key is missing or unknown
├── Forbidden                the key, the origin or the host is not allowed
├── InvalidRequest           a body, header, id or code cannot be parsed
│   └── InvalidPhoneNumber   the number cannot receive an SMS
├── DestinationNotAllowed    the country or type of the number is not open
├── DestinationBlocked       an operator or the fraud guard blocks the number
├── OptedOut                 the recipient wants no messages of the app
├── HumanCheckRequired       the app requires a human check; reports its work
├── HumanCheckFailed         the token is wrong, expired or already used
├── IdempotencyKeyReused     the same key was used with another body
├── NoPendingVerification    unknown, expired, used or canceled; the error does not say which
├── NoSuchMessage            unknown, another app's, or canceled too late
├── IncorrectCode            the code is wrong; reports the attempts left
├── TooManyAttempts          no attempts left; reports when a new code may be requested
├── RateLimited              a limit is spent; reports which, and when to retry
├── BadReport                a gateway's report is unsigned or forged
├── NotFound                 no such resource
├── TemporarilyUnavailable   Redis is unavailable, or the queue is full
└── GatewayError             a gateway did not accept the message (gateway.py; never part of a response)
    ├── Refused              the gateway refused it; the reason says why
    ├── Unreachable          nothing was sent; safe to retry
    └── Unsure               it may have been sent
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from app.domain.guard import GuardVerdict
from app.domain.limit import ClosestLimit

_MAX_ERRORS = 10
_MAX_PLACE = 200  # characters


class OtpError(Exception):
    """An expected error; `code` is stable and never changes, `default_detail` is used unless a detail is given."""

    code: ClassVar[str]
    title: ClassVar[str]
    default_detail: ClassVar[str] = ""
    public_fields: ClassVar[tuple[str, ...]] = ()
    retry_after: int | None = None  # whole seconds, if waiting helps
    guard: GuardVerdict | None = None  # where the fraud guard refused

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.default_detail)

    def public(self) -> dict[str, object]:
        """Return the fields that a problem document shows besides the detail."""
        return {name: getattr(self, name) for name in self.public_fields}


class Unauthorized(OtpError):
    """The API key is missing or unknown."""

    code = "unauthorized"
    title = "The key is missing or unknown"
    default_detail = "Send 'Authorization: Bearer <key>' with a key of this service."


class Forbidden(OtpError):
    """The key, the origin or the host name does not allow this request."""

    code = "forbidden"
    title = "Not allowed"


class InvalidRequest(OtpError):
    """The request cannot be parsed; “errors” points at each mistake, or at the first ten.

    The place of a mistake is a JSON Pointer (RFC 6901) into the body, "" for the whole body, or
    `header:<name>`, `query:<name>` or `path:<name>`.
    """

    code = "invalid_request"
    title = "The request cannot be read"
    public_fields = ("errors",)

    def __init__(self, detail: str, errors: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(detail)
        self.errors = [_describe(place, text) for place, text in (errors or [("", detail)])[:_MAX_ERRORS]]


def _describe(place: str, detail: str) -> dict[str, str]:
    """Describe one mistake; a place that a caller has made long is cut."""
    source, colon, name = place.partition(":")
    if colon and source in {"header", "query", "path"}:
        return {source: name[:_MAX_PLACE], "detail": detail}
    return {"pointer": place[:_MAX_PLACE], "detail": detail}


class InvalidPhoneNumber(InvalidRequest):
    """A number that does not exist or cannot receive an SMS."""

    code = "invalid_phone_number"
    title = "The number cannot receive an SMS"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, [("/phone_number", detail)])


class DestinationNotAllowed(OtpError):
    """The country or the type of the number is not open."""

    code = "destination_not_allowed"
    title = "This destination is not open"
    default_detail = "The country of this number, or its type, is not open for this service."

    def __init__(self, *, country: str = "", e164: str = "") -> None:
        """Take the number and its country for the log; neither is part of the response."""
        super().__init__()
        self.country = country
        self.e164 = e164


class DestinationBlocked(OtpError):
    """An operator or the fraud guard blocks the number."""

    code = "destination_blocked"
    title = "This number is blocked"
    default_detail = "This service sends no SMS to the number at present."


class OptedOut(OtpError):
    """The recipient replied STOP to a message, and wants no more of them."""

    code = "opted_out"
    title = "The recipient opted out"
    default_detail = "The recipient opted out of messages: send none, until the recipient asks for them again."


class HumanCheckRequired(OtpError):
    """The app requires a human check for this request, or one that took more work than the token that was sent."""

    code = "human_check_required"
    title = "A human check is required"
    default_detail = "Get a challenge from /v1/human-check, let the user solve it, and send its token as `human_check`."
    public_fields = ("work",)

    def __init__(self, detail: str = "", *, work: int = 1) -> None:
        super().__init__(detail)
        self.work = work
        """The work that a challenge must take, to be asked for by `/v1/human-check?work=…`."""


class HumanCheckFailed(OtpError):
    """The token is wrong, expired, for another number or address, or already used."""

    code = "human_check_failed"
    title = "The human check failed"
    default_detail = "The `human_check` is wrong, expired, not for this request, or already used. Get a new one."


class IdempotencyKeyReused(OtpError):
    """The Idempotency-Key was already used with another body."""

    code = "idempotency_key_reused"
    title = "The Idempotency-Key belongs to another request"
    default_detail = "This Idempotency-Key was already used with another body. Generate a new key for each new request."


class NoPendingVerification(OtpError):
    """The verification is unknown, expired, used, canceled or another app's; the response never says which."""

    code = "no_pending_verification"
    title = "No such pending verification"
    default_detail = "It is unknown, expired, used or canceled. Request a new code."


class NoSuchMessage(OtpError):
    """The message is unknown or another app's, or a gateway was called for it before it was canceled."""

    code = "no_such_message"
    title = "No such message"
    default_detail = "It is unknown, or it can no longer be canceled."


class IncorrectCode(OtpError):
    """The code is wrong; the attempt was counted, and the last one leaves 0."""

    code = "incorrect_code"
    title = "The code is wrong"
    public_fields = ("attempts_left",)

    def __init__(self, attempts_left: int, closest_limit: ClosestLimit | None = None) -> None:
        super().__init__(f"The code is wrong; attempts left: {attempts_left}.")
        self.attempts_left = attempts_left
        self.closest_limit = closest_limit


class _RetryLater(OtpError):
    """An error that waiting resolves; the wait is in the body too, for clients that cannot read headers."""

    public_fields = ("retry_after",)

    def __init__(self, detail: str = "", *, wait: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = max(1, wait)


class TooManyAttempts(_RetryLater):
    """No attempts are left, or the number is locked or in a cooldown."""

    code = "too_many_attempts"
    title = "Too many wrong codes"
    default_detail = "Too many wrong codes. Request a new one after `retry_after` seconds."


class RateLimited(_RetryLater):
    """A limit is spent; retry after “retry_after” seconds."""

    code = "rate_limited"
    title = "Too many requests"
    default_detail = "Too many requests. Try again after `retry_after` seconds."

    def __init__(self, limit: str, *, wait: int, window: int = 0) -> None:
        super().__init__(wait=wait)
        self.limit = limit
        self.window = window  # seconds of the window that ends last; 0 for a limit without windows


class BadReport(OtpError):
    """A delivery report that is unsigned or forged."""

    code = "bad_report"
    title = "The report is not authentic"
    default_detail = "The report's token or signature is missing or wrong."


class NotFound(OtpError):
    """No such resource."""

    code = "not_found"
    title = "Not found"
    default_detail = "There is no resource at this URL."


class TemporarilyUnavailable(_RetryLater):
    """Redis is unavailable, its slot is migrating, or the queue is full; the request may have taken effect."""

    code = "temporarily_unavailable"
    title = "The service cannot do this right now"
    default_detail = "The service cannot do this right now. Try again."
    cause: str = ""
    """Redis' own word for its failure, or that of the operating system, for the log."""
    failures: Sequence[Mapping[str, str]] = ()
    """Each failure of the readiness check, with its name and a sentence."""

    def public(self) -> dict[str, object]:
        """Return the fields that a problem document shows besides the detail."""
        return super().public() | ({"failures": self.failures} if self.failures else {})
