"""What can go wrong, by name.

OtpError
├── Unauthorized             no key, or one that nobody was given
├── Forbidden                a key that may not do this, a foreign origin or name
├── InvalidRequest           a body, header, id or code that cannot be read
│   └── InvalidPhoneNumber   it cannot receive an SMS
├── DestinationNotAllowed    its country is not open
├── DestinationBlocked       an operator closed this number
├── HumanCheckRequired       the app wants to know that a person asks
├── HumanCheckFailed         what was sent to show it is wrong, old, or was used before
├── IdempotencyKeyReused     the same key with another body
├── NoPendingVerification    unknown, expired, used, canceled: we do not say which
├── IncorrectCode            says how many attempts are left
├── TooManyAttempts          says when a new code may be asked for
├── RateLimited              a limit is spent; says which, and when to come back
├── BadReport                a gateway's report that is unsigned or forged
├── NotFound                 there is no such thing here
├── TemporarilyUnavailable   Redis is away, or the queue is too long
└── GatewayError             a gateway did not take the message (gateway.py; no caller sees it)
    ├── Refused              it said no; the reason says whose fault it is
    ├── Unreachable          nothing was sent; safe to try again
    └── Unsure               it may have been sent
"""

from collections.abc import Sequence
from typing import ClassVar

from app.domain.limit import ClosestLimit


class OtpError(Exception):
    """Something foreseen; `code` is its word and never changes, `says` its sentence unless another is given."""

    code: ClassVar[str]
    title: ClassVar[str]
    says: ClassVar[str] = ""
    shows: ClassVar[tuple[str, ...]] = ()
    retry_after: int | None = None  # whole seconds, if waiting helps

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.says)

    def public(self) -> dict[str, object]:
        """Give what an error chose to show beside its sentence."""
        return {name: getattr(self, name) for name in self.shows}


class Unauthorized(OtpError):
    """There is no key, or nobody was ever given this one."""

    code = "unauthorized"
    title = "The key is missing or unknown"
    says = "Send 'Authorization: Bearer <key>' with a key of this service."


class Forbidden(OtpError):
    """A key that may not do this, or a caller from a foreign origin or by a foreign name."""

    code = "forbidden"
    title = "That is not allowed"


class InvalidRequest(OtpError):
    """Something in the request cannot be read; “errors” points at each mistake."""

    code = "invalid_request"
    title = "The request cannot be read"
    shows = ("errors",)

    def __init__(self, detail: str, errors: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(detail)
        self.errors = [{"pointer": pointer, "detail": said} for pointer, said in errors]


class InvalidPhoneNumber(InvalidRequest):
    """A number that does not exist or cannot receive an SMS."""

    code = "invalid_phone_number"
    title = "The number cannot receive an SMS"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, [("/phone_number", detail)])


class DestinationNotAllowed(OtpError):
    """A number in a country, or of a type, that is not open."""

    code = "destination_not_allowed"
    title = "This destination is not open"
    says = "The country of this number, or its type, is not open for this service."


class DestinationBlocked(OtpError):
    """A number that an operator closed."""

    code = "destination_blocked"
    title = "This number is blocked"
    says = "An operator of this service has blocked the number."


class HumanCheckRequired(OtpError):
    """The app wants to know that a person asks."""

    code = "human_check_required"
    title = "A human check is required"
    says = "Get a challenge from /v1/human-check, let the person solve it, and send its token as `human_check`."


class HumanCheckFailed(OtpError):
    """The token is wrong, too old, for another number or address, or was used before."""

    code = "human_check_failed"
    title = "The human check failed"
    says = "The `human_check` is wrong, too old, not for this request, or was used before. Get a new one."


class IdempotencyKeyReused(OtpError):
    """The Idempotency-Key came with another body before."""

    code = "idempotency_key_reused"
    title = "The Idempotency-Key belongs to another request"
    says = "This Idempotency-Key came with another body before. Draw a new key for each new request."


class NoPendingVerification(OtpError):
    """It is unknown, expired, used, canceled or another app's; the answer never says which."""

    code = "no_pending_verification"
    title = "There is no such pending verification"
    says = "It is unknown, expired, used or canceled. Ask for a new code."


class IncorrectCode(OtpError):
    """A wrong guess; it was counted, and the last one leaves 0."""

    code = "incorrect_code"
    title = "The code is wrong"
    shows = ("attempts_left",)

    def __init__(self, attempts_left: int, closest_limit: ClosestLimit | None = None) -> None:
        super().__init__(f"The code is wrong; attempts left: {attempts_left}.")
        self.attempts_left = attempts_left
        self.closest_limit = closest_limit


class _ComeBack(OtpError):
    """An error that passes with time; the wait stands in the body too, for clients that do not see headers."""

    shows = ("retry_after",)

    def __init__(self, detail: str = "", *, wait: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = max(1, wait)


class TooManyAttempts(_ComeBack):
    """A guess after the last, or a number that waits or is locked."""

    code = "too_many_attempts"
    title = "Too many wrong codes"
    says = "Too many wrong codes. Ask for a new one after `retry_after` seconds."


class RateLimited(_ComeBack):
    """A limit is spent; it opens again after “retry_after” seconds."""

    code = "rate_limited"
    title = "Too many requests"
    says = "Too many requests. Try again after `retry_after` seconds."

    def __init__(self, limit: str, *, wait: int, window: int = 0) -> None:
        super().__init__(wait=wait)
        self.limit = limit
        self.window = window  # seconds of the one that opens last; 0 for a limit that has none


class BadReport(OtpError):
    """A delivery report that is unsigned or forged."""

    code = "bad_report"
    title = "The report is not authentic"
    says = "The report's token or signature is missing or wrong."


class NotFound(OtpError):
    """There is no such thing here."""

    code = "not_found"
    title = "There is nothing here"
    says = "There is nothing at this address."


class TemporarilyUnavailable(_ComeBack):
    """Redis is away, its slot moves, or the queue is too long; whether anything was done is not known."""

    code = "temporarily_unavailable"
    title = "The service cannot do this right now"
    says = "The service cannot do this right now. Try again."
