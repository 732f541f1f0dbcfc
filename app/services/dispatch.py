"""A worker hands one SMS to a gateway, and decides what happens next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from app.domain.app import App
from app.domain.errors import NoPendingVerification
from app.domain.gateway import Gateway, Refused, Unreachable, Unsure
from app.domain.keyring import Keyring
from app.domain.message import Accepted, Message
from app.domain.queued import SendJob
from app.domain.status import Reason
from app.domain.text import write_text
from app.services.generate import Chance, code_of, new_id
from app.services.seal import open_number
from app.store.messages import Messages, Opened

_WAITS_MS = (500, 1000, 2000, 4000, 8000, 15000, 30000, 60000)
_MOST_UNSURE = 2  # once more on the same gateway: the code is the same, a duplicate does no harm


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left to do; `what` is the word for the log."""

    what: str


@dataclass(frozen=True, slots=True)
class Again:
    """Try again after a wait."""

    what: str
    wait_ms: int


@dataclass(frozen=True, slots=True)
class Hopeless:
    """An operator should see it."""

    what: str


Next = Done | Again | Hopeless


@dataclass(frozen=True, slots=True)
class Desk:
    """What a worker needs to hand messages over."""

    gateway: Gateway
    messages: Messages
    apps: Mapping[str, App]
    keyring: Keyring
    chance: Chance


async def dispatch(job: SendJob, *, tries: int, desk: Desk) -> Next:
    """Send one SMS unless it was sent or its verification has ended; the worker does what this decides.

    The message is opened before the gateway is called and settled after: whoever takes the job from
    a dead worker sends at most one SMS more.
    """
    message_id = new_id("ms", desk.chance)
    opened = await desk.messages.begin(job, message_id=message_id, gateway=desk.gateway.name)
    if opened is None:
        return Done("dropped")
    outcome = await _hand_over(job, opened, desk)
    vendor_name = desk.keyring.name("vendor", outcome.id) if isinstance(outcome, Accepted) else ""
    await desk.messages.settle(
        job, outcome, message_id=opened.message_id, gateway=desk.gateway.name, vendor_name=vendor_name
    )
    return _decide(outcome, tries=tries, unsure=opened.unsure, lives_ms=opened.expires_at - opened.now)


async def _hand_over(job: SendJob, opened: Opened, desk: Desk) -> Accepted | Refused | Unreachable | Unsure:
    """Write the message and call the gateway; whatever comes of it has one of four names."""
    try:
        return await desk.gateway.send(_write(job, opened, desk))
    except (Refused, Unreachable, Unsure) as outcome:
        return outcome


def _write(job: SendJob, opened: Opened, desk: Desk) -> Message:
    """Derive the code, open the number and write the text.

    Raises `Unreachable` when a key of either is not ours: in a rotation another worker may have it,
    or this one after its restart.
    """
    id, app = job.verification, desk.apps.get(opened.app)
    if app is None:
        raise Unreachable(
            "The message's app is not in this worker's settings.", reason=Reason.CONFIG, word="unknown_app"
        )
    code = code_of(opened.secret, verification=id, length=app.policy.code_length, keyring=desk.keyring)
    if code is None:
        raise _unknown_key()
    try:
        phone = open_number(
            opened.sealed,
            name=opened.name,
            app=opened.app,
            verification=id,
            purpose=opened.purpose,
            keyring=desk.keyring,
        )
    except NoPendingVerification:
        raise _unknown_key() from None
    valid_for = (opened.expires_at - opened.now) // 1000
    text = write_text(code, wording=app.wording, valid_for=valid_for)
    return Message(id=opened.message_id, to=phone, text=text, valid_for=valid_for, sender=app.wording.sender)


def _unknown_key() -> Unreachable:
    return Unreachable("The message's key is not in this worker's rotation.", reason=Reason.CONFIG, word="unknown_key")


def _decide(outcome: Accepted | Refused | Unreachable | Unsure, *, tries: int, unsure: int, lives_ms: int) -> Next:
    """Decide what comes next: the end, another try within the life of the code, or an operator."""
    match outcome:
        case Accepted():
            return Done("sent")
        case Refused() if outcome.reason.is_about_the_number:
            return Done(f"refused_{outcome.reason}")
        case Refused():
            return Hopeless(f"refused_{outcome.reason}")
        case Unreachable():
            wait_ms = max((outcome.after or 0) * 1000, _WAITS_MS[min(tries, len(_WAITS_MS) - 1)])
            return Again("unreachable", wait_ms) if wait_ms < lives_ms else Hopeless("unreachable")
        case Unsure():
            return Again("unsure", _WAITS_MS[0]) if unsure + 1 < _MOST_UNSURE else Hopeless("unsure")
        case _:
            assert_never(outcome)
