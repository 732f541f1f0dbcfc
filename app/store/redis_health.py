"""Asks Redis how it is: its clock, and whether somebody drains the queue."""

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from app.store.keyspace import Keyspace
from app.store.scripts import redis_errors


@dataclass(frozen=True, slots=True)
class HealthSnapshot:
    """What Redis says of itself: its time in seconds since 1970, workers alive, jobs that wait."""

    time: float
    has_worker: bool
    waiting: int
    dead: int


class RedisHealth:
    """One round trip."""

    def __init__(self, redis: Redis, keys: Keyspace) -> None:
        self._redis = redis
        self._key = keys.of

    async def snapshot(self) -> HealthSnapshot:
        """Take the pulse; raises `TemporarilyUnavailable` when there is none."""
        with redis_errors():
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.time()
                pipe.exists(self._key("alive"))
                pipe.xlen(self._key("sends_queue"))
                pipe.xlen(self._key("reports_queue"))
                pipe.zcard(self._key("later"))
                pipe.xlen(self._key("dead"))
                answer: Any = await pipe.execute()
        (seconds, micros), alive, sends, reports, later, dead = answer
        return HealthSnapshot(seconds + micros / 1e6, bool(alive), sends + reports + later, dead)
