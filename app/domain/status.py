"""Where an SMS stands, which moves that may make, and why a gateway said no."""

from enum import StrEnum


class Status(StrEnum):
    """Where an SMS stands, in our words."""

    QUEUED = "queued"
    SENT = "sent"
    BUFFERED = "buffered"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def is_failure(self) -> bool:
        """Tell whether the vendor says that it will not arrive."""
        return self in {Status.UNDELIVERED, Status.EXPIRED, Status.FAILED}


_RANK = {Status.QUEUED: 0, Status.SENT: 1, Status.BUFFERED: 2}
_LAST = 3


def replaceable_by(status: Status) -> list[Status]:
    """List the statuses that may become this one: upward only, and at the end only to `delivered`.

    Reports arrive in any order and late receipts happen, so `delivered` may correct another end;
    `unknown` moves nothing.
    """
    if status is Status.UNKNOWN:
        return []
    rank = _RANK.get(status, _LAST)
    below = [other for other, its_rank in _RANK.items() if its_rank < rank]
    if status is Status.DELIVERED:
        below += [Status.UNDELIVERED, Status.EXPIRED, Status.FAILED]
    return below


class Reason(StrEnum):
    """Why a message was refused or failed, in our words; it decides what happens next."""

    INVALID_NUMBER = "invalid_number"
    UNREACHABLE_TEMPORARY = "unreachable_temporary"
    UNREACHABLE_PERMANENT = "unreachable_permanent"
    OPTED_OUT = "opted_out"
    BLOCKED_DESTINATION = "blocked_destination"
    INVALID_SENDER = "invalid_sender"
    CONTENT_REJECTED = "content_rejected"
    NO_CREDIT = "no_credit"
    AUTH = "auth"
    CONFIG = "config"
    THROTTLED = "throttled"
    PROVIDER_ERROR = "provider_error"
    EXPIRED = "expired"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"

    @property
    def concerns_number(self) -> bool:
        """Tell whether every gateway would say the same, so that asking again is of no use."""
        return self in {
            Reason.INVALID_NUMBER,
            Reason.UNREACHABLE_PERMANENT,
            Reason.UNREACHABLE_TEMPORARY,
            Reason.OPTED_OUT,
            Reason.BLOCKED_DESTINATION,
        }
