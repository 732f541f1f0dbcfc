"""The memory of the developer's inbox: the last SMS, and who watches for the next."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

MAX_KEPT = 200
MAX_LISTENERS = 100
_TICK = 1.0  # seconds between two looks at whether to go on listening


@dataclass(frozen=True, slots=True, repr=False)
class Sms:
    """One SMS that arrived; it prints neither its text nor its whole number."""

    to: str
    text: str
    at: datetime
    message_id: str
    id: str

    def __repr__(self) -> str:
        return f"Sms(id={self.id!r}, to='…{self.to[-2:]}', at={self.at.isoformat()!r})"


class Inbox:
    """The last 200 SMS, in memory only; `clock` tells the time in UTC."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: deque[Sms] = deque(maxlen=MAX_KEPT)  # oldest first
        self._listeners: set[asyncio.Queue[Sms]] = set()

    def receive(self, *, to: str, text: str, message_id: str, id: str) -> Sms:
        """Keep an SMS and tell every listener of it; one that lags behind loses its oldest."""
        sms = Sms(to=to, text=text, at=self._clock(), message_id=message_id, id=id)
        self._kept.append(sms)
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(sms)
        return sms

    def messages(self, to: str | None = None) -> list[Sms]:
        """List what is kept, newest first; all of it, or what one number got."""
        return [sms for sms in reversed(self._kept) if to in (None, sms.to)]

    async def listen(
        self, *, after: str | None = None, until: Callable[[], bool] = lambda: False
    ) -> AsyncIterator[Sms]:
        """Tell each SMS as it arrives, oldest first, until `until` says that it is time to stop.

        With `after`, the id of an SMS, what is newer is told first, so that nobody misses what
        arrived while they were away; all that is kept if that one is not. The 101st listener is
        told nothing: its iterator ends at once.
        """
        if len(self._listeners) >= MAX_LISTENERS:
            return
        queue = self._queue(after)
        self._listeners.add(queue)
        try:
            while not until():
                try:
                    sms = await asyncio.wait_for(queue.get(), _TICK)
                except TimeoutError:
                    continue  # nothing came; look again whether to go on
                yield sms
        finally:
            self._listeners.discard(queue)

    def _queue(self, after: str | None) -> asyncio.Queue[Sms]:
        """Open a queue that already holds what arrived after the named SMS."""
        queue: asyncio.Queue[Sms] = asyncio.Queue(MAX_KEPT)
        kept = list(self._kept) if after is not None else []
        known = [sms.id for sms in kept]
        start = known.index(after) + 1 if after in known else 0
        for sms in kept[start:]:
            queue.put_nowait(sms)
        return queue
