"""The statuses of a message, their allowed transitions, and the reasons of failures."""

from enum import StrEnum


class Status(StrEnum):
    """The status of a message."""

    QUEUED = "queued"
    SENT = "sent"
    BUFFERED = "buffered"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> "Status":
        """Read a status that a newer version has stored as unknown."""
        return cls.UNKNOWN

    @property
    def is_failure(self) -> bool:
        """Return whether the vendor reported that it will not arrive."""
        return self in {Status.UNDELIVERED, Status.EXPIRED, Status.FAILED}


_RANK = {Status.QUEUED: 0, Status.SENT: 1, Status.BUFFERED: 2}
_FINAL_RANK = 3


def replaceable_by(status: Status) -> list[Status]:
    """Return the statuses that may become this one: later ones only, and from a final one only `delivered`.

    Reports arrive in any order and receipts may be late, so `delivered` may correct another final status;
    `unknown` changes nothing.
    """
    if status is Status.UNKNOWN:
        return []
    rank = _RANK.get(status, _FINAL_RANK)
    earlier = [other for other, its_rank in _RANK.items() if its_rank < rank]
    if status is Status.DELIVERED:
        earlier += [Status.UNDELIVERED, Status.EXPIRED, Status.FAILED]
    return earlier


class Reason(StrEnum):
    """Why a message was refused or failed; it decides what happens next."""

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

    @classmethod
    def _missing_(cls, value: object) -> "Reason":
        """Read a reason that a newer version has stored as unknown."""
        return cls.UNKNOWN

    @property
    def concerns_number(self) -> bool:
        """Return whether every gateway would refuse the number, so that a retry is useless."""
        return self in {
            Reason.INVALID_NUMBER,
            Reason.UNREACHABLE_PERMANENT,
            Reason.UNREACHABLE_TEMPORARY,
            Reason.OPTED_OUT,
            Reason.BLOCKED_DESTINATION,
        }
