"""Read the health of Redis and the queue: its clock, worker heartbeats and job counts."""

from dataclasses import dataclass
from typing import Any

from app.store.context import StoreContext
from app.store.scripts import redis_errors


@dataclass(frozen=True, slots=True)
class HealthSnapshot:
    """Redis' time in seconds since 1970, whether a worker is alive, the jobs that wait and the dead letters."""

    time: float
    has_worker: bool
    waiting: int
    dead: int


class RedisHealth:
    """Reads a snapshot in one round trip."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store

    async def snapshot(self) -> HealthSnapshot:
        """Read a snapshot; raises `TemporarilyUnavailable` while Redis does not answer."""
        with redis_errors():
            async with self._store.redis.pipeline(transaction=False) as pipe:
                pipe.time()
                pipe.exists(self._store.key("alive"))
                pipe.xlen(self._store.key("sends_queue"))
                pipe.xlen(self._store.key("reports_queue"))
                pipe.zcard(self._store.key("later"))
                pipe.xlen(self._store.key("dead"))
                answer: Any = await pipe.execute()
        (seconds, micros), alive, sends, reports, later, dead = answer
        return HealthSnapshot(seconds + micros / 1e6, bool(alive), sends + reports + later, dead)
