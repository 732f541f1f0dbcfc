"""Read, replay and drop the jobs that were buried after their last try."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Container
from dataclasses import dataclass
from typing import Any, cast

from app.store.context import StoreContext
from app.store.queue import QUEUES
from app.store.scripts import redis_errors

_PAGE = 1000
_ID = re.compile(r"[0-9]{1,19}-[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A buried job: its time (milliseconds since 1970), queue, reason, tries and remaining fields."""

    id: str
    at: int
    queue: str
    why: str
    tries: int
    names: dict[str, str]

    @property
    def record(self) -> str:
        """Return the id of the verification or outgoing message whose SMS it was; "" for a report."""
        return self.names.get("verification") or self.names.get("message", "")


class DeadLetters:
    """The stream of buried jobs, oldest first."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store
        self._replay = store.script("replay_job")

    async def of(self, records: Container[str]) -> list[DeadLetter]:
        """Read all dead letters of these verifications and outgoing messages, oldest first."""
        return [letter async for letter in self._all() if letter.record in records]

    async def count(self) -> Counter[str]:
        """Count the dead letters by queue."""
        return Counter([letter.queue async for letter in self._all()])

    async def list(self, *, most: int = 100) -> list[DeadLetter]:
        """Read the oldest dead letters, at most `most`."""
        with redis_errors():
            letters = await self._store.redis.xrange(self._store.key("dead"), count=most)
        return [_letter(id, fields) for id, fields in cast("Any", letters)]

    async def replay(self, id: str) -> bool:
        """Queue a dead job again; return False when it does not exist."""
        if not is_stream_id(id):
            return False
        keys = [self._store.key("dead"), *(self._store.key(f"{which}_queue") for which in QUEUES)]
        replayed = bool(await self._replay(keys, {"id": id}) == [b"replayed"])
        self._store.notifier.notify()
        return replayed

    async def drop(self, id: str) -> bool:
        """Delete a dead job; return False when it does not exist."""
        with redis_errors():
            return bool(is_stream_id(id) and await self._store.redis.xdel(self._store.key("dead"), id))

    async def _all(self) -> AsyncIterator[DeadLetter]:
        """Read all, oldest first: at most 10,000, in ten round trips."""
        after = "-"
        while True:
            with redis_errors():
                page: Any = await self._store.redis.xrange(self._store.key("dead"), min=after, count=_PAGE)
            for id, fields in page:
                yield _letter(id, fields)
            if len(page) < _PAGE:
                return
            after = f"({page[-1][0].decode()}"


def is_stream_id(id: str) -> bool:
    """Return whether a text is the id of a stream's entry: Redis returns an error for any other."""
    return _ID.fullmatch(id) is not None


def _letter(id: bytes, fields: dict[bytes, bytes]) -> DeadLetter:
    text = {name.decode(): value.decode() for name, value in fields.items()}
    at = int(id.split(b"-")[0])
    queue, why, tries = text.pop("queue", "sends"), text.pop("why", "unknown"), int(text.pop("tries", "0"))
    return DeadLetter(id.decode(), at, queue, why, tries, text)
