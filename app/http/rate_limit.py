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

from app.domain.address import Address
from app.domain.errors import RateLimited
from app.domain.limit import Limit

Clock = Callable[[], float]
MAX_KEYS = 20_000
MAX_TIMESTAMPS = 1_000_000  # eight bytes each; the keys that have some by then may still fill their windows
SHARED_KEYS = 1_024
PREFIX_FACTORS = (1, 10)
"""Of an IPv6 /64 and its /48."""

logging.getLogger("slowapi").setLevel(logging.ERROR)  # below that it logs the keys, which are IP addresses


class MovingWindowStorage(Storage, MovingWindowSupport):
    """The timestamps of each key's calls, for at most 20,000 keys and a million timestamps.

    A key is freed when none of its calls counts any more, never by the calls of others. While there is no room, the
    calls of new keys are stored under 1,024 keys by hash, each limited like one key. The `limits` package's in-memory
    storage sweeps all keys in a thread, and is slow when there are many.
    """

    STORAGE_SCHEME = ["timestamps"]  # noqa: RUF012  as the base class has it

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:  # noqa: ANN401, FBT001, FBT002  as the base class has it
        super().__init__(uri, wrap_exceptions)
        self._clock: Clock = options["clock"]
        self._tables: dict[int, OrderedDict[str, array[float]]] = {}  # by width: the first key is the next to be freed
        self._shared: dict[str, array[float]] = {}
        self._keys = self._total = 0

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """Return the exceptions that the storage may raise: none."""
        return ()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Record `amount` calls and return True, unless more than `limit` would fall in the last `expiry` seconds."""
        timestamps = self._recent(key, expiry)
        if len(timestamps) + amount > limit:
            return False
        table = self._free_expired(expiry)
        if key in table:
            table.move_to_end(key)
        elif self._keys < MAX_KEYS and self._total < MAX_TIMESTAMPS:
            timestamps = table[key] = array("d")
            self._keys += 1
        else:
            self._shared[_shared_key(key, expiry)] = timestamps
        timestamps.extend([self._clock()] * amount)
        self._total += amount
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return the time of the oldest call in the last `expiry` seconds, and the number of calls."""
        timestamps = self._recent(key, expiry)
        return (timestamps[0] if timestamps else self._clock()), len(timestamps)

    def _recent(self, key: str, expiry: int) -> "array[float]":
        """Return the timestamps that count for a key; those of a new key are what it shares with others."""
        table = self._tables.get(expiry)
        timestamps = table.get(key) if table else None
        if timestamps is None:
            timestamps = self._shared.get(_shared_key(key, expiry), array("d"))
        expired = bisect_right(timestamps, self._clock() - expiry)
        del timestamps[:expired]
        self._total -= expired
        return timestamps

    def _free_expired(self, expiry: int) -> "OrderedDict[str, array[float]]":
        """Free the keys of a width of which no call counts; return those that remain, the least recent first."""
        table = self._tables.setdefault(expiry, OrderedDict())
        while table:
            key, timestamps = next(iter(table.items()))
            if timestamps and timestamps[-1] > self._clock() - expiry:
                break
            self._total -= len(table.pop(key))
            self._keys -= 1
        return table

    def clear(self, key: str) -> None:
        """Delete one key; what it shares with others stays."""
        for table in self._tables.values():
            if key in table:
                self._total -= len(table.pop(key))
                self._keys -= 1

    def reset(self) -> int:
        """Delete all keys; return their number, those that are shared included."""
        count = self._keys + len(self._shared)
        self._tables.clear()
        self._shared.clear()
        self._keys = self._total = 0
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


def _shared_key(key: str, expiry: int) -> str:
    """Return a key that several callers share. Python randomises `hash` in each process, so no caller can choose it."""
    return f"several/{expiry}/{hash(key) % SHARED_KEYS}"


class InMemoryRateLimiter:
    """Counts the calls of an address against one limit: by IPv4 address, or by IPv6 /64 and /48."""

    def __init__(self, name: str, limit: Limit, limiter: RateLimiter, clock: Clock) -> None:
        self._name = name
        self._limiter = limiter
        self._clock = clock
        self._windows = [
            [RateLimitItemPerSecond(count * factor, seconds, name) for count, seconds in limit.rules]
            for factor in PREFIX_FACTORS
        ]

    def refuse_if_spent(self, address: Address | None) -> None:
        """Raise `RateLimited` with the wait until all windows have room again."""
        spent = [one for one in self._windows_of(address) if not self._limiter.test(*one)]
        if not spent:
            return
        resets = {self._limiter.get_window_stats(*one).reset_time: one[0] for one in spent}
        last = max(resets)
        raise RateLimited(self._name, wait=math.ceil(last - self._clock()), window=resets[last].get_expiry())

    def count(self, address: Address | None) -> None:
        """Count one call in every window."""
        for window, key in self._windows_of(address):
            self._limiter.hit(window, key)

    def spend(self, address: Address | None) -> None:
        """Count one call in all windows, or raise `RateLimited` when one is spent, and count in none."""
        windows = self._windows_of(address)
        have_room = all(self._limiter.test(*one) for one in windows[1:])  # the hit of the first is its test
        if not (have_room and all(self._limiter.hit(*one) for one in windows)):
            self.refuse_if_spent(address)

    def _windows_of(self, address: Address | None) -> list[tuple[RateLimitItemPerSecond, str]]:
        """Return each window with its key; calls without an address share one."""
        prefixes = address.prefixes if address else ("",)
        return [
            (window, prefix)
            for prefix, windows in zip(prefixes, self._windows, strict=False)  # a /40 is not counted here
            for window in windows
        ]
