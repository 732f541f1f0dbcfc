"""A verification: its requests, states and results.

Classes that every request builds are not frozen, here and elsewhere: no code changes them, and building a frozen class
with a dozen fields takes longer than parsing a phone number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.domain.guard import GuardVerdict
from app.domain.limit import ClosestLimit
from app.domain.phone_number import PhoneNumber
from app.domain.request_context import RequestContext
from app.domain.status import Reason, Status

PURPOSE = r"^[a-z][a-z0-9_]{0,31}$"


class State(StrEnum):
    """The state of a verification; all but `pending` are final."""

    PENDING = "pending"
    APPROVED = "approved"
    EXPIRED = "expired"
    CANCELED = "canceled"
    LOCKED = "locked"


@dataclass(slots=True, repr=False)
class CodeRequest:
    """A request for a code, as the caller sent it; `repr()` does not show it, because the number is unmasked."""

    call: RequestContext
    phone_number: str
    country: str | None
    purpose: str
    reference: str | None
    day: date  # today, UTC: test numbers end with a day
    subjects: Sequence[str] = ()  # each has its own count
    device_token: str = ""
    human_check: str = ""
    languages: Sequence[str] = ()  # that the user reads, the best first
    text: str = ""  # a template that the caller wrote, in place of the app's own


@dataclass(slots=True, repr=False)
class ResendRequest:
    """A request for one more SMS of a verification; `purposes` are those that the key may use, empty means all."""

    call: RequestContext
    verification_id: str
    purposes: frozenset[str]
    human_check: str = ""


@dataclass(slots=True, repr=False)
class CodeCheck:
    """A code that a user typed, for a verification or for a number; `repr()` does not show it."""

    call: RequestContext
    code: str
    purposes: frozenset[str]  # that the key may use; empty means all
    verification_id: str | None = None
    phone_number: str = ""
    country: str | None = None


@dataclass(slots=True, repr=False)
class NewVerification:
    """A verification to store: its number, and the digest of its code."""

    id: str
    phone: PhoneNumber
    purpose: str
    reference: str | None
    secret: bytes  # key id, salt and digest of the code
    cost: int  # that one SMS of it is expected to have, in millionths of the currency; 0 for a test number
    locale: str = ""  # of its SMS; "" for the country's default
    subjects: Sequence[str] = ()
    device_since: int | None = None  # when its device token was earned, milliseconds since 1970
    is_test: bool = False


@dataclass(slots=True)
class PendingVerification:
    """A pending verification as its owner sees it, right after a send; times are milliseconds since 1970."""

    id: str
    phone: PhoneNumber
    purpose: str
    reference: str | None
    now: int
    expires_at: int
    resend_at: int | None
    attempts_left: int
    sends_left: int
    closest_limit: ClosestLimit | None = None
    guard: GuardVerdict | None = field(default=None, compare=False)  # None for a repeat, and where nothing is judged


@dataclass(slots=True)
class ApprovedVerification:
    """A verification that a correct code has ended; `approved_at` is milliseconds since 1970."""

    id: str
    app: str
    phone: PhoneNumber
    purpose: str
    reference: str | None
    approved_at: int
    is_test: bool
    # For metrics; "" in the answer to a repeated call, and the gateway also if none was called.
    country: str = field(default="", compare=False)
    gateway: str = field(default="", compare=False)


@dataclass(slots=True)
class Approval:
    """The result of a correct code: the verification, its proof and the token of the device."""

    verification: ApprovedVerification
    proof: str
    proof_expires_at: int
    device_token: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One entry of a message's history; `at` is milliseconds since 1970, `word` is the vendor's own status."""

    at: int
    status: Status
    word: str


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One message of a send as the verification's owner sees it; `price` is None if the vendor reported none."""

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
    """A verification as its app may see it; times are milliseconds since 1970."""

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
