"""In-memory rate limits by slowapi, per process: exact windows, bounded memory, no thread and no sweep."""

import logging
import math
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from limits import RateLimitItemPerSecond
from limits.storage import MovingWindowSupport, Storage
from limits.strategies import RateLimiter
from slowapi import Limiter

from app.domain.errors import RateLimited
from app.domain.limit import Limit

Clock = Callable[[], float]
MAX_KEYS = 20_000
MAX_TIMESTAMPS = 1_000_000  # eight bytes each

logging.getLogger("slowapi").setLevel(logging.ERROR)  # below that it logs the keys, which are IP addresses


class MovingWindowStorage(Storage, MovingWindowSupport):
    """The timestamps of each key's calls; the least recently used keys are evicted above the caps.

    The `limits` package's in-memory storage sweeps all keys in a thread, and is slow when there are many.
    """

    STORAGE_SCHEME = ["timestamps"]  # noqa: RUF012  as the base class has it

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:  # noqa: ANN401, FBT001, FBT002  as the base class has it
        super().__init__(uri, wrap_exceptions)
        self._clock: Clock = options["clock"]
        self._timestamps: OrderedDict[str, array[float]] = OrderedDict()
        self._total = 0

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """Return the exceptions that the storage may raise: none."""
        return ()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Record `amount` calls and return True, unless more than `limit` would fall in the last `expiry` seconds."""
        timestamps = self._recent(key, expiry)
        if len(timestamps) + amount > limit:
            return False
        timestamps.extend([self._clock()] * amount)
        self._total += amount
        self._timestamps[key] = timestamps
        while len(self._timestamps) > MAX_KEYS or self._total > MAX_TIMESTAMPS:
            self._total -= len(self._timestamps.popitem(last=False)[1])
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return the time of the oldest call in the last `expiry` seconds, and the number of calls."""
        timestamps = self._recent(key, expiry)
        return (timestamps[0] if timestamps else self._clock()), len(timestamps)

    def _recent(self, key: str, expiry: int) -> "array[float]":
        """Drop older timestamps, and mark the key as recently used."""
        timestamps = self._timestamps.get(key)
        if timestamps is None:
            return array("d")
        self._timestamps.move_to_end(key)
        expired = bisect_right(timestamps, self._clock() - expiry)
        del timestamps[:expired]
        self._total -= expired
        return timestamps

    def clear(self, key: str) -> None:
        """Delete one key."""
        self._total -= len(self._timestamps.pop(key, ()))

    def reset(self) -> int:
        """Delete all keys; return their number."""
        count, self._total = len(self._timestamps), 0
        self._timestamps.clear()
        return count

    def check(self) -> bool:
        """Return True: the storage is part of the process."""
        return True

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Not supported: fixed windows allow twice the limit around a boundary."""
        raise NotImplementedError

    def get(self, key: str) -> int:
        """Not supported: part of the fixed window interface."""
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        """Not supported: part of the fixed window interface."""
        raise NotImplementedError


def open_limiter(clock: Clock) -> RateLimiter:
    """Build the limiter that all `InMemoryRateLimiter` of a process share; `clock` returns seconds.

    slowapi reads `RATELIMIT_…` variables, which the start refuses; its strategy and storage are arguments here, so that
    none of them could replace or disable it.
    """
    options: dict[str, Any] = {"clock": clock}
    limiter = Limiter(
        key_func=str,
        strategy="moving-window",
        storage_uri="timestamps://",
        storage_options=options,
        config_filename=__file__,  # a file without settings: without one, slowapi reads `.env`
    )
    return limiter.limiter


class InMemoryRateLimiter:
    """Counts calls per key against one limit; `spend` counts in all windows or in none."""

    def __init__(self, name: str, limit: Limit, limiter: RateLimiter, clock: Clock) -> None:
        self._name = name
        self._limiter = limiter
        self._clock = clock
        self._windows = [RateLimitItemPerSecond(count, seconds, name) for count, seconds in limit.rules]

    def refuse_if_spent(self, key: str) -> None:
        """Raise `RateLimited` with the wait until all windows have room again."""
        spent = [window for window in self._windows if not self._limiter.test(window, key)]
        if not spent:
            return
        resets = {self._limiter.get_window_stats(window, key).reset_time: window for window in spent}
        last = max(resets)
        raise RateLimited(self._name, wait=math.ceil(last - self._clock()), window=resets[last].get_expiry())

    def count(self, key: str) -> None:
        """Count one call in every window."""
        for window in self._windows:
            self._limiter.hit(window, key)

    def spend(self, key: str) -> None:
        """Count one call, or raise `RateLimited` when a window is spent."""
        if len(self._windows) != 1 or not self._limiter.hit(self._windows[0], key):
            self.refuse_if_spent(key)
            self.count(key)
