"""A search of the verifications and messages of a number, and of what refuses it a new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.app import App
from app.domain.outgoing_message import OutgoingMessage
from app.domain.phone_number import PhoneNumber
from app.domain.verification import Verification


class BlockerKind(StrEnum):
    """What refuses a number a new code, an SMS with a code, or a message."""

    COUNTRY = "country"
    """The country of the number is not open for the app."""
    BLOCK = "block"
    """An operator blocked the number."""
    OPT_OUT = "opt_out"
    """The recipient opted out at a vendor: codes are accepted, and their SMS refused; of a sender, messages are."""
    LOCK = "lock"
    """After 70 wrong guesses, new verifications wait for a day; known devices are counted separately."""
    WAIT = "wait"
    """After wrong guesses, new verifications wait; known devices are counted separately."""
    LIMIT = "limit"
    """A limit is spent."""
    GUARD = "guard"
    """The fraud guard blocks the destination."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason why a number gets no code, or with a `sender` no other message from it.

    `until` and `since` are milliseconds since 1970. `until` is None where only an operator ends it; only an opt-out
    from a sender has `since`.
    """

    kind: BlockerKind
    limit: str | None = None  # the name of the limit that is spent
    until: int | None = None
    sender: str | None = None  # as `RouteStep.shown_sender`
    since: int | None = None


@dataclass(frozen=True, slots=True)
class NumberState:
    """What the store has of a number in an app: ids of verifications and messages, wrong guesses, what refuses it."""

    ids: Sequence[str]
    message_ids: Sequence[str]
    failures: int
    blockers: Sequence[Blocker]


@dataclass(frozen=True, slots=True, repr=False)
class NumberSearch:
    """A search, as the caller sent it; `repr()` does not show it, because the number is unmasked."""

    app: App
    phone_number: str
    country: str | None
    day: date  # today, UTC: test numbers end with a day


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """The answer to a search: the app's verifications and messages of the number, the newest first; what refuses it."""

    phone: PhoneNumber
    log_name: str
    verifications: Sequence[Verification]
    messages: Sequence[OutgoingMessage]
    blockers: Sequence[Blocker]
    failures: int  # wrong guesses since the last approval
