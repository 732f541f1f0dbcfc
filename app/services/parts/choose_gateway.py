"""Decides which gateway is asked next, by what the earlier ones of the same send have said."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from app.domain.delivery_attempt import DeliveryAttempt, Outcome
from app.domain.gateway_throttle import Unavailable
from app.domain.route import RouteStep
from app.domain.status import Status

_MAX_UNSURE = 2  # once more on the same gateway: the code is the same, a duplicate does no harm


@dataclass(frozen=True, slots=True)
class Try:
    """Hand the message to this gateway; `message_id` where it is one that was opened before, `why` for its history."""

    leg: RouteStep
    message_id: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Delay:
    """No gateway can be asked before `until`, a moment of the gates' clock; None to wait as long as after a failure."""

    what: str
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing is left to ask; `what` says how it ended, and an operator should see it where it is `hopeless`."""

    what: str
    hopeless: bool = False


Step = Try | Delay | Finished


def choose_gateway(
    legs: Sequence[RouteStep],
    handovers: Sequence[DeliveryAttempt],
    *,
    shut: Mapping[str, Unavailable | None] = MappingProxyType({}),
    safe: Collection[str] = (),
    down: Collection[str] = (),
    silent: str = "",
) -> Step:
    """Choose the next step of one send.

    `handovers` are its calls so far, the first first; `shut` tells whose gates are shut, `safe` who
    takes our id, so that a repeat is no second SMS, and `down` who was unreachable just now;
    `silent` is a message that no report has come for. In this order: what is on its way ends it, and
    what is about the number; then whoever takes our id is asked again where it left us in doubt; then
    the first who has not been asked; then, where nobody is left, who left us in doubt; then waiting.
    """
    unheard = _unanswered(handovers, silent)
    for handover in handovers:
        if handover.is_on_its_way and handover not in unheard:
            return Finished("sent")
        if handover.is_about_the_number:
            return Finished(f"refused_{handover.reason}")
    passed: list[str] = []
    doubtful: list[RouteStep] = []
    waiting: list[RouteStep] = []
    for leg in legs:
        name, own = leg.gateway, [one for one in handovers if one.gateway == leg.gateway]
        answered = [one for one in own if one.outcome is not Outcome.UNREACHABLE]
        if answered and not (_can_repeat(answered) and name in safe):
            passed.append(f"{name} {_word(answered[-1])}")
            doubtful += [leg] if _can_repeat(answered) else []
        elif name in down or shut.get(name):
            gate = shut.get(name)
            passed.append(f"{name} {gate.why if gate else 'unreachable'}")
            waiting.append(leg)
        else:
            return Try(leg, _repeatable(own, safe=name in safe), ", ".join(passed))
    for leg in doubtful:
        if leg.gateway not in down and not shut.get(leg.gateway):
            return Try(leg, why=", ".join(passed))
    return _wait([*waiting, *doubtful], shut, down) or _end(handovers)


def _unanswered(handovers: Sequence[DeliveryAttempt], silent: str) -> Sequence[DeliveryAttempt]:
    """Find the calls, up to the silent one, that their vendors took and never spoke of again."""
    ids = [handover.message_id for handover in handovers]
    until = ids.index(silent) + 1 if silent in ids else 0
    return [handover for handover in handovers[:until] if handover.status is Status.SENT]


def _can_repeat(answered: Sequence[DeliveryAttempt]) -> bool:
    """Tell whether a gateway only left us in doubt, and no more than once by its own doing."""
    unsure = sum(handover.outcome is Outcome.UNSURE for handover in answered)
    return all(handover.is_doubtful for handover in answered) and unsure < _MAX_UNSURE


def _repeatable(own: Sequence[DeliveryAttempt], *, safe: bool) -> str:
    """Find the message that a call may carry again: nothing was sent, or the vendor knows it by our id."""
    last = own[-1] if own else None
    return last.message_id if last and (safe or last.outcome is Outcome.UNREACHABLE) else ""


def _word(handover: DeliveryAttempt) -> str:
    return handover.status.value if handover.has_failed or handover.is_on_its_way else handover.outcome.value


def _wait(legs: Sequence[RouteStep], shut: Mapping[str, Unavailable | None], down: Collection[str]) -> Delay | None:
    """Wait for the first gateway that may open."""
    if any(leg.gateway in down for leg in legs):
        return Delay("unreachable")
    gates = [gate for leg in legs if (gate := shut.get(leg.gateway))]
    first = min(gates, key=lambda gate: gate.until, default=None)
    return Delay(first.why, first.until) if first else None


def _end(handovers: Sequence[DeliveryAttempt]) -> Finished:
    """Say how it ended, as the last call did; a vendor that took it and failed is nothing that an operator can mend."""
    if any(one.outcome is Outcome.ACCEPTED for one in handovers):
        return Finished("silent" if any(one.is_on_its_way for one in handovers) else "failed")
    last = handovers[-1]
    return Finished(f"refused_{last.reason}" if last.outcome is Outcome.REFUSED else last.outcome, hopeless=True)
