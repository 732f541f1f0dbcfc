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

    route_step: RouteStep
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
    route_steps: Sequence[RouteStep],
    delivery_attempts: Sequence[DeliveryAttempt],
    *,
    unavailable: Mapping[str, Unavailable | None] = MappingProxyType({}),
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
    unheard = _unanswered(delivery_attempts, silent)
    for delivery_attempt in delivery_attempts:
        if delivery_attempt.is_in_transit and delivery_attempt not in unheard:
            return Finished("sent")
        if delivery_attempt.concerns_number:
            return Finished(f"refused_{delivery_attempt.reason}")
    passed: list[str] = []
    doubtful: list[RouteStep] = []
    waiting: list[RouteStep] = []
    for route_step in route_steps:
        name, own = route_step.gateway, [one for one in delivery_attempts if one.gateway == route_step.gateway]
        answered = [one for one in own if one.outcome is not Outcome.UNREACHABLE]
        if answered and not (_can_repeat(answered) and name in safe):
            passed.append(f"{name} {_word(answered[-1])}")
            doubtful += [route_step] if _can_repeat(answered) else []
        elif name in down or unavailable.get(name):
            throttle = unavailable.get(name)
            passed.append(f"{name} {throttle.why if throttle else 'unreachable'}")
            waiting.append(route_step)
        else:
            return Try(route_step, _repeatable(own, safe=name in safe), ", ".join(passed))
    for route_step in doubtful:
        if route_step.gateway not in down and not unavailable.get(route_step.gateway):
            return Try(route_step, why=", ".join(passed))
    return _wait([*waiting, *doubtful], unavailable, down) or _end(delivery_attempts)


def _unanswered(delivery_attempts: Sequence[DeliveryAttempt], silent: str) -> Sequence[DeliveryAttempt]:
    """Find the calls, up to the silent one, that their vendors took and never spoke of again."""
    ids = [delivery_attempt.message_id for delivery_attempt in delivery_attempts]
    until = ids.index(silent) + 1 if silent in ids else 0
    return [
        delivery_attempt for delivery_attempt in delivery_attempts[:until] if delivery_attempt.status is Status.SENT
    ]


def _can_repeat(answered: Sequence[DeliveryAttempt]) -> bool:
    """Tell whether a gateway only left us in doubt, and no more than once by its own doing."""
    unsure = sum(delivery_attempt.outcome is Outcome.UNSURE for delivery_attempt in answered)
    return all(delivery_attempt.is_uncertain for delivery_attempt in answered) and unsure < _MAX_UNSURE


def _repeatable(own: Sequence[DeliveryAttempt], *, safe: bool) -> str:
    """Find the message that a call may carry again: nothing was sent, or the vendor knows it by our id."""
    last = own[-1] if own else None
    return last.message_id if last and (safe or last.outcome is Outcome.UNREACHABLE) else ""


def _word(delivery_attempt: DeliveryAttempt) -> str:
    return (
        delivery_attempt.status.value
        if delivery_attempt.has_failed or delivery_attempt.is_in_transit
        else delivery_attempt.outcome.value
    )


def _wait(
    route_steps: Sequence[RouteStep], unavailable: Mapping[str, Unavailable | None], down: Collection[str]
) -> Delay | None:
    """Wait for the first gateway that may open."""
    if any(route_step.gateway in down for route_step in route_steps):
        return Delay("unreachable")
    throttles = [throttle for route_step in route_steps if (throttle := unavailable.get(route_step.gateway))]
    first = min(throttles, key=lambda throttle: throttle.until, default=None)
    return Delay(first.why, first.until) if first else None


def _end(delivery_attempts: Sequence[DeliveryAttempt]) -> Finished:
    """Say how it ended, as the last call did; a vendor that took it and failed is nothing that an operator can mend."""
    if any(one.outcome is Outcome.ACCEPTED for one in delivery_attempts):
        return Finished("silent" if any(one.is_in_transit for one in delivery_attempts) else "failed")
    last = delivery_attempts[-1]
    return Finished(f"refused_{last.reason}" if last.outcome is Outcome.REFUSED else last.outcome, hopeless=True)
