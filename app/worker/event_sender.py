"""Sends the events that are due: at most so many at a time to each endpoint, so that a slow one delays no other."""

import asyncio
import contextlib
from collections import Counter

from app.domain.errors import TemporarilyUnavailable
from app.domain.events import EventEndpoint
from app.logs import log
from app.services.deliver_event import SLOTS, DeliverEvent
from app.store.event_deliveries import TakenEvent
from app.worker.consumer import REDIS_RETRY_S

_POLL_S = 0.2  # between two looks for events that are due
_SHUTDOWN_S = 5.0


class EventSender:
    """Takes events for each endpoint that has free slots; `wake` is set when there may be new ones."""

    def __init__(
        self,
        deliver_event: DeliverEvent,
        wake: asyncio.Event,
        *,
        slots: int = SLOTS,
        finish_s: float = _SHUTDOWN_S,
    ) -> None:
        self._deliver = deliver_event
        self._wake = wake
        self._slots = slots
        self._finish_s = finish_s
        self._busy: Counter[EventEndpoint] = Counter()
        self._in_progress: dict[asyncio.Task[None], TakenEvent] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set; then finish calls in progress within `finish_s` seconds, and release the rest."""
        if not self._deliver.endpoints:
            await stop.wait()
        while not stop.is_set():
            try:
                self._wake.clear()
                events = await self._deliver.deliveries.take(self._rooms())
            except TemporarilyUnavailable as error:
                log.warning("redis_unavailable", queue="events", redis=error.cause or "unknown")
                await asyncio.sleep(REDIS_RETRY_S)
                continue
            except Exception:  # noqa: BLE001  a worker that runs but sends no events would go unnoticed
                log.exception("bug", queue="events")
                await asyncio.sleep(REDIS_RETRY_S)
                continue
            for event in events:
                self._start(event)
            await self._pause(is_idle=not events)
        await self._finish()

    def _rooms(self) -> dict[EventEndpoint, int]:
        """Return how many more calls each endpoint takes."""
        return {endpoint: self._slots - self._busy[endpoint] for endpoint in self._deliver.endpoints.values()}

    async def _pause(self, *, is_idle: bool) -> None:
        """Wait for new events, for a free slot or for the next look."""
        if is_idle:
            try:
                await asyncio.wait_for(self._wake.wait(), _POLL_S)
            except TimeoutError:
                return

    def _start(self, event: TakenEvent) -> None:
        endpoint = self._deliver.endpoints[event.app, event.endpoint]
        self._busy[endpoint] += 1
        task = asyncio.create_task(self._send(event))
        self._in_progress[task] = event
        task.add_done_callback(lambda task: self._end(task, endpoint))

    def _end(self, task: asyncio.Task[None], endpoint: EventEndpoint) -> None:
        self._in_progress.pop(task, None)
        if self._busy[endpoint] == self._slots:
            self._wake.set()  # it had no room, so that more of its events may be due
        self._busy[endpoint] -= 1

    async def _send(self, event: TakenEvent) -> None:
        """Deliver one event; without Redis it is due again when its lease ends."""
        try:
            await self._deliver(event)
        except TemporarilyUnavailable as error:
            log.warning("redis_unavailable", queue="events", redis=error.cause or "unknown")
        except Exception:  # noqa: BLE001  a bug must not end the worker, nor lose the event
            log.exception("bug", queue="events")
            with contextlib.suppress(Exception):  # without Redis it is due again when its lease ends
                await self._deliver.fail(event, "bug")

    async def _finish(self) -> None:
        tasks = dict(self._in_progress)
        if not tasks:
            return
        _, unfinished = await asyncio.wait(tasks, timeout=self._finish_s)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        releases = [self._deliver.deliveries.settle(tasks[task], "released") for task in unfinished]
        await asyncio.gather(*releases, return_exceptions=True)
