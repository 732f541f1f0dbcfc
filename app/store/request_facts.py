"""Describe a call to the scripts by HMAC names, so that Redis stores no address, key or body."""

from dataclasses import dataclass
from typing import Literal

from app.domain.durations import whole_seconds
from app.domain.errors import (
    DestinationBlocked,
    HumanCheckFailed,
    HumanCheckRequired,
    IdempotencyKeyReused,
    NoPendingVerification,
    OtpError,
    RateLimited,
    TemporarilyUnavailable,
    TooManyAttempts,
)
from app.domain.limit import ClosestLimit

_BUSY = "Too many messages wait to be sent. Try again in a moment."
_BUSY_WAIT = 10
_REFUSALS: dict[bytes, type[OtpError]] = {
    b"blocked": DestinationBlocked,
    b"ask a human": HumanCheckRequired,
    b"shown before": HumanCheckFailed,
    b"reused": IdempotencyKeyReused,
    b"unknown key": TemporarilyUnavailable,
}


@dataclass(slots=True, repr=False)
class RequestFacts:
    """The address keys, idempotency names and human check of a call."""

    address_keys: tuple[str, ...] = ()
    repeat: str = ""  # the Idempotency-Key with its scope; "" for none
    body: str = ""
    shown: str = ""  # the name of the human check that was passed; "" for none
    shown_for: int = 0  # seconds for which it must be stored
    asks: Literal["", "ask", "repeat"] = ""  # require one while suspicious; or always, unless the call is a repeat
    purposes: frozenset[str] = frozenset()  # that the key may use or the call names; empty means all

    @property
    def human_check(self) -> str | int:
        """Format the human check for the scripts: milliseconds to store it, or `asks` where none was passed."""
        return self.shown_for * 1000 if self.shown else self.asks

    @property
    def filter(self) -> str:
        """Format the purposes as the scripts search them: `,login,signup,`; "" for all."""
        return f",{','.join(sorted(self.purposes))}," if self.purposes else ""


def refusal(answer: object) -> OtpError:
    """Return the error for a script's refusal."""
    match answer:
        case [b"limited", int(now), int(retry_at), bytes(word), int(width)]:
            return RateLimited(word.decode(), wait=whole_seconds(retry_at - now), window=width // 1000)
        case [b"waiting" | b"spent", int(now), int(retry_at)]:
            return TooManyAttempts(wait=whole_seconds(retry_at - now))
        case [b"busy"]:
            return TemporarilyUnavailable(_BUSY, wait=_BUSY_WAIT)
        case [bytes(word)] if word in _REFUSALS:
            return _REFUSALS[word]()
        case _:
            return NoPendingVerification()


def read_closest_limit(word: bytes, width: int, left: int) -> ClosestLimit | None:
    """Read the limit that has the least left; None where nothing is limited."""
    return ClosestLimit(word.decode(), width // 1000, left) if word else None
