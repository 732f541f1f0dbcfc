"""Tells the worker in this process that there is a new job, since the embedded store cannot wait."""

import asyncio


class JobNotifier:
    """Rings without losing a ring; with a real Redis nobody listens, and it costs nothing."""

    def __init__(self) -> None:
        self._rings: set[asyncio.Event] = set()

    def ring(self) -> None:
        """Wake everybody who waits."""
        for event in self._rings:
            event.set()

    def hear(self) -> asyncio.Event:
        """Give an event that each ring sets; whoever waits on it clears it first."""
        event = asyncio.Event()
        self._rings.add(event)
        return event
