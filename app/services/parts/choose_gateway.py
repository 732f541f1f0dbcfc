"""Choose the next gateway of a send from the outcomes of its earlier delivery attempts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from app.domain.delivery_attempt import DeliveryAttempt, Outcome
from app.domain.gateway_throttle import Unavailable
from app.domain.route import RouteStep
from app.domain.status import Status

_MAX_SAFE_REPEATS = 2  # calls of a gateway that deduplicates, before the next gateway is called
_MAX_BUGS = 2
_BUSY = {"full", "paced"}  # of `Unavailable.why`: the gateway works, and has calls enough


@dataclass(frozen=True, slots=True)
class Try:
    """Call this gateway; `message_id` reuses a message that was opened before, `why` goes into its history."""

    route_step: RouteStep
    message_id: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Delay:
    """No gateway can be called before `until`, in the throttles' clock; None waits as long as after a failure.

    `gateway` is the one whose free slot or rate a patient send waits for.
    """

    what: str
    until: float | None = None
    gateway: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """No gateway is left to call; `what` is the outcome, and `hopeless` makes the job a dead letter."""

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
    called: Collection[str] = (),
    silent: str = "",
    may_duplicate: bool = True,
    is_patient: bool = False,
) -> Step:
    """Choose the next step of one send.

    `delivery_attempts` are its calls so far, oldest first; `unavailable` holds the throttles that
    refuse calls; `safe` the gateways that take our message id, so that a retry is no second SMS;
    `called` those that were called in this run, and `down` those of them that were unreachable; `silent` is a
    message that no report has come for.
    Without `may_duplicate`, nothing is sent again that may have been sent, but at a gateway that deduplicates.
    With `is_patient`, a gateway that is only busy is waited for: no other one is called in its place.
    In this order: a message in transit finishes the send, and so does a failure that concerns the
    number; then a safe gateway is retried after an unsure outcome; then the first gateway that was
    not called yet; then, where none is left, a gateway with an unsure outcome, once in each run, since the code is the
    same and a duplicate does no harm; then a delay.
    """
    finished = _finished(delivery_attempts, _unanswered(delivery_attempts, silent))
    if finished or not (may_duplicate or _is_safe(delivery_attempts, safe)):
        return finished or Finished("unsure")
    passed: list[str] = []
    doubtful: list[RouteStep] = []
    waiting: list[RouteStep] = []
    for route_step in route_steps:
        name, own = route_step.gateway, [one for one in delivery_attempts if one.gateway == route_step.gateway]
        answered = [one for one in own if one.outcome is not Outcome.UNREACHABLE]
        if answered and not (name in safe and _unsure_count(answered) < _MAX_SAFE_REPEATS and _is_doubtful(answered)):
            passed.append(f"{name} {_word(answered[-1])}")
            doubtful += [route_step] if _is_doubtful(answered) else []
        elif name in down or unavailable.get(name):
            throttle = unavailable.get(name)
            if is_patient and throttle and throttle.why in _BUSY:
                return Delay(throttle.why, throttle.until, name)
            passed.append(f"{name} {throttle.why if throttle else 'unreachable'}")
            waiting.append(route_step)
        else:
            return Try(route_step, _repeatable(own, safe=name in safe), ", ".join(passed))
    for route_step in doubtful:
        if route_step.gateway not in called and not unavailable.get(route_step.gateway):
            return Try(route_step, why=", ".join(passed))
    return _wait([*waiting, *doubtful], unavailable, down, called) or _end(delivery_attempts)


def is_left(
    route_step: RouteStep,
    delivery_attempts: Sequence[DeliveryAttempt],
    *,
    unavailable: Mapping[str, Unavailable | None],
    down: Collection[str],
) -> bool:
    """Return whether a gateway was not called yet for a send, or was unreachable, and may be called now."""
    name = route_step.gateway
    own = [one for one in delivery_attempts if one.gateway == name]
    return not (name in down or unavailable.get(name) or any(one.outcome is not Outcome.UNREACHABLE for one in own))


def _finished(delivery_attempts: Sequence[DeliveryAttempt], unheard: Sequence[DeliveryAttempt]) -> Finished | None:
    """Return the end of a send that is in transit, or that failed because of its number; None while it has none."""
    for delivery_attempt in delivery_attempts:
        if delivery_attempt.is_in_transit and delivery_attempt not in unheard:
            return Finished("sent")
        if delivery_attempt.concerns_number:
            return Finished(f"refused_{delivery_attempt.reason}")
    return None


def _unanswered(delivery_attempts: Sequence[DeliveryAttempt], silent: str) -> Sequence[DeliveryAttempt]:
    """Find the attempts, up to the silent message, that were accepted and never reported."""
    ids = [delivery_attempt.message_id for delivery_attempt in delivery_attempts]
    until = ids.index(silent) + 1 if silent in ids else 0
    return [
        delivery_attempt for delivery_attempt in delivery_attempts[:until] if delivery_attempt.status is Status.SENT
    ]


def _is_doubtful(answered: Sequence[DeliveryAttempt]) -> bool:
    """Return whether all outcomes of a gateway are uncertain, so that it may be called again.

    After a bug of ours only once: each further call would send the same SMS.
    """
    bugs = sum(one.outcome is Outcome.BUG for one in answered)
    return all(one.is_uncertain for one in answered) and bugs < _MAX_BUGS


def _is_safe(delivery_attempts: Sequence[DeliveryAttempt], safe: Collection[str]) -> bool:
    """Return whether a further call can send no second SMS.

    A call of a worker that died counts as not sent: it is rare, and a message that is lost is worse than one twice.
    """
    unsure = [one for one in delivery_attempts if one.outcome in {Outcome.UNSURE, Outcome.BUG}]
    return all(one.gateway in safe for one in unsure) and len(unsure) < _MAX_SAFE_REPEATS


def _unsure_count(answered: Sequence[DeliveryAttempt]) -> int:
    return sum(one.outcome is Outcome.UNSURE for one in answered)


def _repeatable(own: Sequence[DeliveryAttempt], *, safe: bool) -> str:
    """Find the message that a call may reuse: nothing was sent, or the vendor deduplicates by our id."""
    last = own[-1] if own else None
    return last.message_id if last and (safe or last.outcome is Outcome.UNREACHABLE) else ""


def _word(delivery_attempt: DeliveryAttempt) -> str:
    return (
        delivery_attempt.status.value
        if delivery_attempt.has_failed or delivery_attempt.is_in_transit
        else delivery_attempt.outcome.value
    )


def _wait(
    route_steps: Sequence[RouteStep],
    unavailable: Mapping[str, Unavailable | None],
    down: Collection[str],
    called: Collection[str],
) -> Delay | None:
    """Wait for the first gateway that becomes available, or as long as after a failure for one that was called."""
    names = {route_step.gateway for route_step in route_steps}
    if not names.isdisjoint([*down, *called]):
        return Delay("unsure" if names.isdisjoint(down) else "unreachable")
    throttles = [throttle for route_step in route_steps if (throttle := unavailable.get(route_step.gateway))]
    first = min(throttles, key=lambda throttle: throttle.until, default=None)
    return Delay(first.why, first.until) if first else None


def _end(delivery_attempts: Sequence[DeliveryAttempt]) -> Finished:
    """Return the outcome of the last attempt; a failure after acceptance is nothing that an operator can fix."""
    if any(one.outcome is Outcome.ACCEPTED for one in delivery_attempts):
        return Finished("silent" if any(one.is_in_transit for one in delivery_attempts) else "failed")
    last = delivery_attempts[-1]
    return Finished(f"refused_{last.reason}" if last.outcome is Outcome.REFUSED else last.outcome, hopeless=True)
