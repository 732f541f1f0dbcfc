"""In-memory store of the developer's inbox: the last SMS, and the listeners for new ones."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

MAX_STORED = 200
MAX_LISTENERS = 100
_POLL_SECONDS = 1.0  # seconds between two checks of `until`


@dataclass(frozen=True, slots=True, repr=False)
class Sms:
    """One received SMS; its `repr` shows neither the text nor the whole number."""

    to: str
    text: str
    at: datetime
    message_id: str
    id: str

    def __repr__(self) -> str:
        return f"Sms(id={self.id!r}, to='…{self.to[-2:]}', at={self.at.isoformat()!r})"


class Inbox:
    """The last 200 SMS, in memory only; `clock` returns the time in UTC."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._stored: deque[Sms] = deque(maxlen=MAX_STORED)  # oldest first
        self._listeners: set[asyncio.Queue[Sms]] = set()

    def receive(self, *, to: str, text: str, message_id: str, id: str) -> Sms:
        """Store an SMS and send it to every listener; a listener whose queue is full loses its oldest SMS."""
        sms = Sms(to=to, text=text, at=self._clock(), message_id=message_id, id=id)
        self._stored.append(sms)
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(sms)
        return sms

    def messages(self, to: str | None = None) -> list[Sms]:
        """Return the stored SMS, newest first; with `to`, only those of that number."""
        return [sms for sms in reversed(self._stored) if to in (None, sms.to)]

    async def listen(
        self, *, after: str | None = None, until: Callable[[], bool] = lambda: False
    ) -> AsyncIterator[Sms]:
        """Yield each SMS as it arrives, oldest first, until `until` returns true.

        With `after`, the id of an SMS, yield the stored SMS that are newer first, so that a client that
        reconnects misses none; if that SMS is not stored, yield all that are. The 101st listener
        gets nothing: its iterator ends at once.
        """
        if len(self._listeners) >= MAX_LISTENERS:
            return
        queue = self._queue(after)
        self._listeners.add(queue)
        try:
            while not until():
                try:
                    sms = await asyncio.wait_for(queue.get(), _POLL_SECONDS)
                except TimeoutError:
                    continue  # no SMS yet: check `until` again
                yield sms
        finally:
            self._listeners.discard(queue)

    def _queue(self, after: str | None) -> asyncio.Queue[Sms]:
        """Create a queue that already holds the SMS that arrived after the given one."""
        queue: asyncio.Queue[Sms] = asyncio.Queue(MAX_STORED)
        stored = list(self._stored) if after is not None else []
        known = [sms.id for sms in stored]
        start = known.index(after) + 1 if after in known else 0
        for sms in stored[start:]:
            queue.put_nowait(sms)
        return queue
