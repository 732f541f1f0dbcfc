"""Queue the outgoing messages whose time has come."""

from app.store.context import StoreContext


class ScheduledMessages:
    """The messages that wait for the time that their caller set; `now` is 0 for the server's clock."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store
        self._queue = store.script("queue_scheduled")

    async def queue_due(self) -> int:
        """Queue all that are due, a hundred in each round trip; return how many."""
        key, queued = self._store.key, 0
        keys = [key("scheduled"), key("sends_queue"), key("messages_queue"), key("")]
        while True:
            count, more = await self._queue(keys, {"now": self._store.now()})
            queued += int(count)
            if count:
                self._store.notifier.notify()
            if not more:
                return queued
