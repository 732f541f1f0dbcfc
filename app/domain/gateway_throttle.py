"""A throttle for one gateway in one worker: concurrency, rate, and no calls while the circuit breaker is open."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.domain.circuit_breaker import Change, CircuitBreaker
from app.domain.gateway import GatewayError, Unreachable
from app.domain.message import Accepted

_RECHECK = 0.25  # seconds; when a call will end is unknown
_MAX_RECHECK = 5.0


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

    @property
    def slots(self) -> int:
        """The maximum number of concurrent calls."""
        return self._rate_config.slots

    @property
    def is_resting(self) -> bool:
        """Return whether the gateway failed, and no call has succeeded since."""
        return self._breaker.is_open

    def check(self, now: float) -> Unavailable | None:
        """Return why and until when no call may start, or None if one may."""
        open_until = max(self._breaker.open_until(now) or 0.0, self._retry_at)
        if open_until > now:
            return Unavailable("resting", open_until)
        if self._in_flight >= self._rate_config.slots:
            self._rejected += 1
            return Unavailable(
                "full", now + min(_RECHECK * (1 + self._rejected / self._rate_config.slots), _MAX_RECHECK)
            )
        if self._rate_config.rate is not None:
            paced_until = self._bucket_full_at - max(0.0, 1.0 - 1.0 / self._rate_config.rate)
            if paced_until > now:
                return Unavailable("paced", paced_until)
        return None

    @contextmanager
    def acquire(self, clock: Callable[[], float]) -> Iterator[CallSlot]:
        """Count a call that `check` allowed until the end of the block, and record its outcome."""
        slot, now = CallSlot(), clock()
        self._in_flight += 1
        if self._rate_config.rate is not None:
            self._bucket_full_at = max(self._bucket_full_at, now) + 1.0 / self._rate_config.rate
        is_probe = self._breaker.begin()
        try:
            yield slot
        finally:
            self._in_flight -= 1
            self._rejected = 0
            now = clock()
            slot.change = self._breaker.end(slot.outcome, now, is_probe=is_probe)
            if isinstance(slot.outcome, Unreachable) and slot.outcome.after:
                self._retry_at = max(self._retry_at, now + slot.outcome.after)
