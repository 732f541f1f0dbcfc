"""The statuses of a message, their allowed transitions, and the reasons of failures."""

from enum import StrEnum


class Status(StrEnum):
    """The status of a message."""

    QUEUED = "queued"
    """No vendor is known to have taken it; a report that it is still in the vendor's own queue replaces nothing."""
    SENT = "sent"
    """The vendor or a network took it, and has not reported yet whether it arrived."""
    BUFFERED = "buffered"
    """A network holds it and tries again, mostly because the phone is off: no other gateway is called meanwhile."""
    DELIVERED = "delivered"
    """The phone received it, by the network's report; only this may correct another final status."""
    UNDELIVERED = "undelivered"
    """A network tried, and could not deliver it to the phone."""
    EXPIRED = "expired"
    """Its lifetime ended before it was delivered."""
    FAILED = "failed"
    """The vendor or a network refused or dropped it, or the vendor has only one word for this and undelivered."""
    UNKNOWN = "unknown"
    """The vendor's word is in no table, or states nothing: it is logged and changes no status."""

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
    """Why a message was refused or failed; it decides what happens next.

    "The end" means that no further gateway is called; a gateway that rests is called for no message for a while.
    """

    INVALID_NUMBER = "invalid_number"
    """No phone has this number, or it is no mobile number: the end."""
    UNREACHABLE_TEMPORARY = "unreachable_temporary"
    """The phone is off or out of coverage, and the network has given up: the end."""
    UNREACHABLE_PERMANENT = "unreachable_permanent"
    """The number is not in use, or receives no SMS: the end."""
    OPTED_OUT = "opted_out"
    """The recipient replied STOP: the end, and the opt-out is stored for later messages."""
    BLOCKED_DESTINATION = "blocked_destination"
    """The number or its country is blocked so that no other gateway should bypass it, as by a fraud guard: the end."""
    INVALID_SENDER = "invalid_sender"
    """The vendor or the country does not accept the sender: the next gateway."""
    CONTENT_REJECTED = "content_rejected"
    """The vendor or a network does not accept the text: the next gateway."""
    NO_CREDIT = "no_credit"
    """The account has no credit: the next gateway; this one rests at once."""
    AUTH = "auth"
    """The credentials are wrong, or the account is closed or blocked: the next gateway; this one rests at once."""
    CONFIG = "config"
    """The account or a setting is wrong for every message: the next gateway; this one rests at once."""
    THROTTLED = "throttled"
    """Too many calls or SMS: the next gateway; this one again only after `Unreachable`, if none is left."""
    PROVIDER_ERROR = "provider_error"
    """The vendor's own failure, or its lack of a route to this number: the next gateway."""
    EXPIRED = "expired"
    """The lifetime ended before it was delivered: the next gateway, while the code is valid."""
    DUPLICATE = "duplicate"
    """The vendor takes it for a repetition of another message: the next gateway."""
    UNKNOWN = "unknown"
    """The vendor's code is in no table, or explains nothing: the next gateway."""

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
