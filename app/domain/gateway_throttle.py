"""The way into one gateway, in one worker: how many calls at once, how many a second, and none while it rests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.domain.circuit_breaker import CircuitBreaker
from app.domain.gateway import GatewayError, Unreachable
from app.domain.message import Accepted

_RECHECK = 0.25  # seconds; when a call will end nobody knows
_MAX_RECHECK = 5.0


@dataclass(frozen=True, slots=True)
class RateConfig:
    """What a vendor may be asked for: `slots` calls at once, `rate` a second; None is as many as come."""

    slots: int = 100
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """No call may go now; `why` is `resting`, `full` or `paced`, `until` the moment to look again."""

    why: str
    until: float


@dataclass(slots=True)
class CallSlot:
    """A call on its way through; one whose `outcome` stays None was cut short, and says nothing of the gateway."""

    outcome: Accepted | GatewayError | None = None


class GatewayThrottle:
    """Counts the calls of one gateway; moments are seconds of any clock that does not go back."""

    def __init__(self, pace: RateConfig) -> None:
        self._pace = pace
        self._breaker = CircuitBreaker()
        self._inside = 0
        self._turned_away = 0  # since a call last ended: the longer nothing moves, the longer they may stay away
        self._asked_to_wait_until = 0.0
        self._due = 0.0  # when the bucket of `rate` calls is full again

    @property
    def slots(self) -> int:
        """How many calls it lets through at once."""
        return self._pace.slots

    def look(self, now: float) -> Unavailable | None:
        """Tell why and until when no call may go, or None."""
        open_until = max(self._breaker.open_until(now) or 0.0, self._asked_to_wait_until)
        if open_until > now:
            return Unavailable("resting", open_until)
        if self._inside >= self._pace.slots:
            self._turned_away += 1
            return Unavailable("full", now + min(_RECHECK * (1 + self._turned_away / self._pace.slots), _MAX_RECHECK))
        if self._pace.rate is not None:
            paced_until = self._due - max(0.0, 1.0 - 1.0 / self._pace.rate)
            if paced_until > now:
                return Unavailable("paced", paced_until)
        return None

    @contextmanager
    def acquire(self, clock: Callable[[], float]) -> Iterator[CallSlot]:
        """Count a call that `look` let through, from now to the end of the block, and learn from its outcome."""
        slot, now = CallSlot(), clock()
        self._inside += 1
        if self._pace.rate is not None:
            self._due = max(self._due, now) + 1.0 / self._pace.rate
        is_probe = self._breaker.begin()
        try:
            yield slot
        finally:
            self._inside -= 1
            self._turned_away = 0
            self._learn(slot.outcome, clock(), is_probe=is_probe)

    def _learn(self, outcome: Accepted | GatewayError | None, now: float, *, is_probe: bool) -> None:
        self._breaker.end(outcome, now, is_probe=is_probe)
        if isinstance(outcome, Unreachable) and outcome.after:
            self._asked_to_wait_until = max(self._asked_to_wait_until, now + outcome.after)
