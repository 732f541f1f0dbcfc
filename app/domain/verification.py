"""One proof of one number for one purpose, tried.

What each call builds anew is not frozen, here and where else it says so: nobody changes it, and to freeze a dozen
fields takes Python longer than to read a phone number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.domain.limit import ClosestLimit
from app.domain.phone_number import PhoneNumber
from app.domain.request_context import RequestContext
from app.domain.status import Reason, Status

PURPOSE = r"^[a-z][a-z0-9_]{0,31}$"


class State(StrEnum):
    """How a verification stands; all but the first are its end."""

    PENDING = "pending"
    APPROVED = "approved"
    EXPIRED = "expired"
    CANCELED = "canceled"
    LOCKED = "locked"


@dataclass(slots=True, repr=False)
class CodeRequest:
    """What a caller asks for, in its own words; it does not print itself, for the number is whole."""

    call: RequestContext
    phone_number: str
    country: str | None
    purpose: str
    reference: str | None
    day: date  # today, UTC: test numbers end with a day
    subject: str = ""
    device_token: str = ""
    human_check: str = ""
    languages: Sequence[str] = ()  # that the person reads, the best first


@dataclass(slots=True, repr=False)
class ResendRequest:
    """One more SMS of a verification; `purposes` are those that the key may use, none means all."""

    call: RequestContext
    verification_id: str
    purposes: frozenset[str]
    human_check: str = ""


@dataclass(slots=True, repr=False)
class CodeCheck:
    """A code that a person typed, for a verification or for a number; it does not print itself."""

    call: RequestContext
    code: str
    purposes: frozenset[str]  # that it may be for; none means all
    verification_id: str | None = None
    phone_number: str = ""
    country: str | None = None


@dataclass(slots=True)
class Allowance:
    """What is left of a verification right after a send; times are milliseconds since 1970."""

    now: int
    expires_at: int
    resend_at: int | None
    attempts: int
    sends: int
    closest_limit: ClosestLimit | None = None


@dataclass(slots=True)
class PendingVerification:
    """How a pending verification stands for its owner, right after a code was asked for."""

    id: str
    phone: PhoneNumber
    purpose: str
    reference: str | None
    left: Allowance


@dataclass(slots=True)
class Approval:
    """A right code, and the proof that it earned."""

    id: str
    phone: PhoneNumber
    purpose: str
    reference: str | None
    approved_at: int
    proof: str
    proof_expires_at: int
    device_token: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of a message's history, in milliseconds since 1970, with the vendor's own word."""

    at: int
    status: Status
    word: str


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One message of a send as the verification's owner sees it; its price where the vendor told."""

    id: str
    gateway: str
    status: Status
    reason: Reason | None
    segments: int | None
    price: str | None
    history: list[HistoryEntry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Send:
    """One SMS of a verification: one message, or more after a failover."""

    at: int
    messages: list[SentMessage] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Verification:
    """Everything that may be told of a verification to its app; times are milliseconds since 1970."""

    id: str
    state: State
    phone: PhoneNumber
    purpose: str
    reference: str | None
    created_at: int
    expires_at: int
    ended_at: int | None
    attempts_left: int
    sends_left: int
    sends: list[Send]
