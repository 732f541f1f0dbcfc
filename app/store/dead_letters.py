"""Jobs that failed for good, for an operator to look at, replay or drop."""

import re
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import Redis

from app.store.job_notifier import JobNotifier
from app.store.keyspace import Keyspace
from app.store.scripts import Script, redis_errors

_ID = re.compile(r"[0-9]{1,19}-[0-9]{1,19}")  # Redis answers any other with an error


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A buried job: when (milliseconds since 1970), of which queue, why, and what it named."""

    id: str
    at: int
    queue: str
    why: str
    tries: int
    names: dict[str, str]


class DeadLetters:
    """The stream of buried jobs, oldest first."""

    def __init__(self, redis: Redis, keys: Keyspace, *, notifier: JobNotifier) -> None:
        self._redis = redis
        self._key = keys.of
        self._bell = notifier
        self._replay = Script(redis, "replay_job")

    async def list(self, *, most: int = 100) -> list[DeadLetter]:
        """Read the oldest ones."""
        with redis_errors():
            letters = await self._redis.xrange(self._key("dead"), count=most)
        return [_letter(id, fields) for id, fields in cast("Any", letters)]

    async def replay(self, id: str) -> bool:
        """Give one another life; False when it is not there."""
        if not _ID.fullmatch(id):
            return False
        keys = [self._key("dead"), self._key("sends_queue"), self._key("reports_queue")]
        replayed = bool(await self._replay(keys, [id]) == [b"replayed"])
        self._bell.ring()
        return replayed

    async def drop(self, id: str) -> bool:
        """Forget one; False when it is not there."""
        with redis_errors():
            return bool(_ID.fullmatch(id) and await self._redis.xdel(self._key("dead"), id))


def _letter(id: bytes, fields: dict[bytes, bytes]) -> DeadLetter:
    text = {name.decode(): value.decode() for name, value in fields.items()}
    at = int(id.split(b"-")[0])
    queue, why, tries = text.pop("queue"), text.pop("why"), int(text.pop("tries"))
    return DeadLetter(id.decode(), at, queue, why, tries, text)
