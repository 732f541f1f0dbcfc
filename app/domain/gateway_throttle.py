"""A throttle for one gateway in one worker: concurrency, rate, and no calls while the circuit breaker is open.

Messages without a code leave half of the slots, and half of the burst that `rate` allows, to codes. A gateway of one
slot, or of less than two calls a second, has nothing to divide: there a code may wait for the end of one call.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.domain.circuit_breaker import Change, CircuitBreaker
from app.domain.gateway import GatewayError, Unreachable
from app.domain.message import Accepted

_RECHECK = 0.25  # seconds; when a call will end is unknown
_MAX_RECHECK = 5.0
_LONGEST_LINE = 300.0  # seconds; a message that waits for longer takes a place again
_ROUNDING = 1e-9  # seconds; the sums of many steps of a bucket are not exact
_SHARE = 0.5  # of slots and burst, for messages without a code


@dataclass(frozen=True, slots=True)
class RateConfig:
    """The limits of a vendor: `slots` concurrent calls, `rate` calls a second; None is unlimited."""

    slots: int = 100
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """No call may start now; `why` is `resting`, `full` or `paced`, `until` is when to check again."""

    why: str
    until: float


@dataclass(slots=True)
class CallSlot:
    """A call in progress; if its `outcome` stays None it was cut short, which says nothing about the gateway.

    `change` is set at its end, if the gateway begins or ends to rest.
    """

    outcome: Accepted | GatewayError | None = None
    change: Change | None = None


class GatewayThrottle:
    """Limit the calls of one gateway; times are seconds of any monotonic clock."""

    def __init__(self, rate_config: RateConfig, *, is_alone: bool = False) -> None:
        """`is_alone` is whether a route has this gateway only."""
        self._rate_config = rate_config
        self._breaker = CircuitBreaker(is_alone=is_alone)
        self._in_flight = 0
        self._rejected = 0  # since a call last ended: the longer no call ends, the longer jobs wait to check again
        self._retry_at = 0.0
        self._bucket_full_at = 0.0  # when the bucket of `rate` calls is full again
        self._messages_in_flight = 0  # of `_in_flight`, those without a code
        self._line_ends_at = 0.0  # when the last message without a code that waits for its turn has it

    @property
    def slots(self) -> int:
        """The maximum number of concurrent calls."""
        return self._rate_config.slots

    @property
    def message_slots(self) -> int:
        """The maximum number of concurrent calls for messages without a code."""
        return max(1, int(self._rate_config.slots * _SHARE))

    @property
    def messages_in_flight(self) -> int:
        """The calls in progress for messages without a code."""
        return self._messages_in_flight

    @property
    def is_resting(self) -> bool:
        """Return whether the gateway failed, and no call has succeeded since."""
        return self._breaker.is_open

    def check(self, now: float, *, has_code: bool = True) -> Unavailable | None:
        """Return why and until when no call may start, or None if one may."""
        open_until = self._open_until(now)
        if open_until > now:
            return Unavailable("resting", open_until)
        if not self._free_slots(has_code=has_code):
            return Unavailable("full", self._recheck(now) if has_code else now + _RECHECK)
        if self._rate_config.rate is not None:
            paced_until = self._bucket_full_at - self._debt_before_call(has_code=has_code)
            if paced_until > now + _ROUNDING:
                return Unavailable("paced", paced_until)
        return None

    def message_room(self, now: float) -> int:
        """Return how many calls for messages without a code may start now."""
        if self._open_until(now) > now:
            return 0
        room = self._free_slots(has_code=False)
        if self._breaker.is_open:
            return min(room, 1)  # a probe
        rate = self._rate_config.rate
        if rate is None:
            return room
        spare = self._debt_before_call(has_code=False) - max(0.0, self._bucket_full_at - now) + _ROUNDING
        return min(room, int(spare * rate) + 1) if spare >= 0 else 0

    def place_in_line(self, now: float) -> float:
        """Return when a message without a code, which may not be sent now, is to try again.

        Each has a later time than the one before, at the gateway's rate: however many wait, each costs Redis and the
        worker one try in that time. No time is more than five minutes ahead.
        """
        step = 1.0 / self._rate_config.rate if self._rate_config.rate else _RECHECK / self.message_slots
        self._line_ends_at = min(max(self._line_ends_at, now + _RECHECK) + step, now + _LONGEST_LINE)
        return self._line_ends_at

    @contextmanager
    def acquire(self, clock: Callable[[], float], *, has_code: bool = True) -> Iterator[CallSlot]:
        """Count a call that `check` allowed until the end of the block, and record its outcome."""
        slot, now = CallSlot(), clock()
        self._in_flight += 1
        self._messages_in_flight += not has_code
        if self._rate_config.rate is not None:
            self._bucket_full_at = max(self._bucket_full_at, now) + 1.0 / self._rate_config.rate
        is_probe = self._breaker.begin()
        try:
            yield slot
        finally:
            self._in_flight -= 1
            self._messages_in_flight -= not has_code
            self._rejected = 0
            now = clock()
            slot.change = self._breaker.end(slot.outcome, now, is_probe=is_probe)
            if isinstance(slot.outcome, Unreachable) and slot.outcome.after:
                self._retry_at = max(self._retry_at, now + slot.outcome.after)

    def _open_until(self, now: float) -> float:
        return max(self._breaker.open_until(now) or 0.0, self._retry_at)

    def _free_slots(self, *, has_code: bool) -> int:
        free = max(0, self._rate_config.slots - self._in_flight)
        return free if has_code else min(free, max(0, self.message_slots - self._messages_in_flight))

    def _recheck(self, now: float) -> float:
        self._rejected += 1
        return now + min(_RECHECK * (1 + self._rejected / self._rate_config.slots), _MAX_RECHECK)

    def _debt_before_call(self, *, has_code: bool) -> float:
        """Return how many seconds the bucket may be away from full when a call starts."""
        share = 1.0 if has_code else _SHARE
        return max(0.0, share - 1.0 / (self._rate_config.rate or 1.0))
