"""Counts calls at the edge by slowapi, in this process: exact windows, bounded memory, no thread and no sweep."""

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

logging.getLogger("slowapi").setLevel(logging.ERROR)  # below that it prints the keys, which are addresses


class MovingWindowStorage(Storage, MovingWindowSupport):
    """The moments of each key's calls; what was used least recently goes when there are too many.

    `limits`' own storage in memory sweeps all keys in a thread, and is slow just when there are many.
    """

    STORAGE_SCHEME = ["moments"]  # noqa: RUF012  as the base class has it

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:  # noqa: ANN401, FBT001, FBT002  as the base class has it
        super().__init__(uri, wrap_exceptions)
        self._clock: Clock = options["clock"]
        self._kept: OrderedDict[str, array[float]] = OrderedDict()
        self._total = 0

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """Name what a connection may raise: there is none."""
        return ()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Note a call, unless there were `limit` in the last `expiry` seconds; then nothing is noted."""
        moments = self._within(key, expiry)
        if len(moments) + amount > limit:
            return False
        moments.extend([self._clock()] * amount)
        self._total += amount
        self._kept[key] = moments
        while len(self._kept) > MAX_KEYS or self._total > MAX_TIMESTAMPS:
            self._total -= len(self._kept.popitem(last=False)[1])
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Tell when the oldest call of the last `expiry` seconds was, and how many there were."""
        moments = self._within(key, expiry)
        return (moments[0] if moments else self._clock()), len(moments)

    def _within(self, key: str, expiry: int) -> "array[float]":
        """Forget what is older, and move the key away from the end where keys are dropped."""
        moments = self._kept.get(key)
        if moments is None:
            return array("d")
        self._kept.move_to_end(key)
        gone = bisect_right(moments, self._clock() - expiry)
        del moments[:gone]
        self._total -= gone
        return moments

    def clear(self, key: str) -> None:
        """Forget one key."""
        self._total -= len(self._kept.pop(key, ()))

    def reset(self) -> int:
        """Forget all keys; tells how many there were."""
        count, self._total = len(self._kept), 0
        self._kept.clear()
        return count

    def check(self) -> bool:
        """Tell that the storage is there: it is part of the process."""
        return True

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Not for us: fixed windows let twice the limit through around their border."""
        raise NotImplementedError

    def get(self, key: str) -> int:
        """Not for us, as above."""
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        """Not for us, as above."""
        raise NotImplementedError


class _Limiter(Limiter):
    """slowapi without an ear for `RATELIMIT_…` names, one of which would switch it off without a word."""

    def get_app_config(self, key: str, default_value: Any = None) -> Any:  # noqa: ANN401  as the base class has it
        """Give the default, whatever the environment says."""
        return default_value


def open_limiter(clock: Clock) -> RateLimiter:
    """Build the limiter that all tallies of a process share; `clock` gives seconds."""
    options: dict[str, Any] = {"clock": clock}
    limiter = _Limiter(
        key_func=str,
        strategy="moving-window",
        storage_uri="moments://",
        storage_options=options,
        config_filename=__file__,  # a file without settings: unless it is given one, slowapi reads `.env`
    )
    return limiter.limiter


class InMemoryRateLimiter:
    """Calls of each place against one limit; all windows are spent together, or none is."""

    def __init__(self, name: str, limit: Limit, limiter: RateLimiter, clock: Clock) -> None:
        self._name = name
        self._limiter = limiter
        self._clock = clock
        self._windows = [RateLimitItemPerSecond(count, seconds, name) for count, seconds in limit.rules]

    def refuse_if_spent(self, place: str) -> None:
        """Raise `RateLimited` until the moment when all windows have room again."""
        spent = [window for window in self._windows if not self._limiter.test(window, place)]
        if not spent:
            return
        opens = {self._limiter.get_window_stats(window, place).reset_time: window for window in spent}
        last = max(opens)
        raise RateLimited(self._name, wait=math.ceil(last - self._clock()), window=opens[last].get_expiry())

    def count(self, place: str) -> None:
        """Spend one call."""
        for window in self._windows:
            self._limiter.hit(window, place)

    def spend(self, place: str) -> None:
        """Spend one call, or raise as above."""
        if len(self._windows) != 1 or not self._limiter.hit(self._windows[0], place):
            self.refuse_if_spent(place)
            self.count(place)
