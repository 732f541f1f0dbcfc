"""Notify the worker in this process of a new job, since the embedded store has no blocking reads."""

import asyncio


class JobNotifier:
    """Sets an event for each subscriber, so that no notification is lost; with a real Redis there are none."""

    def __init__(self) -> None:
        self._events: set[asyncio.Event] = set()

    def notify(self) -> None:
        """Wake all subscribers."""
        for event in self._events:
            event.set()

    def subscribe(self) -> asyncio.Event:
        """Return an event that each notification sets; the subscriber clears it before it waits."""
        event = asyncio.Event()
        self._events.add(event)
        return event
