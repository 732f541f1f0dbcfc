"""Read the health of Redis, the queues and the gateways: what the readiness check and the metrics show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.store.context import StoreContext
from app.store.scripts import redis_errors

_KEYS = (
    "written",
    "alive",
    "sends_queue",
    "reports_queue",
    "later",
    "dead",
    "messages_queue",
    "later_messages",
    "scheduled",
)


@dataclass(frozen=True, slots=True)
class HealthSnapshot:
    """Redis' time in seconds since 1970, whether a worker is alive, jobs and the age of the oldest by queue.

    The jobs `later` were put back, as were the `later_messages`; `scheduled` are the messages that wait for their time.
    `resting` are the gateways that a worker lets rest after failures; `dead` counts the dead letters.
    """

    time: float
    has_worker: bool
    jobs: Mapping[str, int]
    oldest: Mapping[str, float]
    dead: int
    resting: frozenset[str]

    @property
    def waiting(self) -> int:
        """Return the jobs of all queues; a scheduled message is none yet."""
        return sum(self.jobs.values()) - self.jobs["scheduled"]


class RedisHealth:
    """Reads a snapshot in one round trip; `gateways` are those whose rest it reads."""

    def __init__(self, store: StoreContext, gateways: Sequence[str]) -> None:
        self._store = store
        self._read = store.script("read_health")
        self._gateways = gateways
        self._keys = [store.key(name) for name in _KEYS]
        self._keys += [store.key("resting", gateway) for gateway in gateways]

    async def snapshot(self) -> HealthSnapshot:
        """Read a snapshot; raises `TemporarilyUnavailable` while Redis does not answer, or takes no write."""
        answer: Any = await self._read(self._keys, {})
        micros, alive, (sends, first_send), (reports, first_report), later, dead, resting, *of_messages = answer
        (messages, first_message), later_messages, scheduled = of_messages
        now = micros / 1e6
        return HealthSnapshot(
            time=now,
            has_worker=bool(alive),
            jobs={
                "sends": sends,
                "reports": reports,
                "later": later,
                "messages": messages,
                "later_messages": later_messages,
                "scheduled": scheduled,
            },
            oldest={
                "sends": _age(first_send, now),
                "reports": _age(first_report, now),
                "messages": _age(first_message, now),
            },
            dead=dead,
            resting=frozenset(name for name, is_resting in zip(self._gateways, resting, strict=True) if is_resting),
        )

    async def is_new(self) -> bool:
        """Return whether neither a worker nor a request has used this Redis; raises `TemporarilyUnavailable`."""
        with redis_errors():
            return not await self._store.redis.exists(self._store.key("sends_queue"))


def _age(first: bytes, now: float) -> float:
    """Return the age of a stream's first entry in seconds, by its id; 0 for an empty stream."""
    return max(0.0, now - int(first.split(b"-")[0]) / 1000) if first else 0.0
