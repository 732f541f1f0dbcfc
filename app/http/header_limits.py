"""Limits on the size and time of a request head, which uvicorn does not bound."""

import asyncio
from typing import ClassVar

from app.http.upgrades import NoUpgradeProtocol

MAX_BYTES = 64 * 1024
MAX_SECONDS = 10


class HeaderLimitProtocol(NoUpgradeProtocol):
    """Closes a connection that sends more than 64 KiB outside a body, or a head that takes more than 10 s.

    Outside a body are the head, the chunk sizes and the trailers (RFC 9112 §7.1). The first deadline starts with the
    connection, so that idle connections end too; between two requests, uvicorn's keep-alive timeout applies until the
    first byte.
    """

    seconds: ClassVar[float] = MAX_SECONDS
    _is_reading_head = True
    _overhead = 0
    _last_read = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's signature
        """Start the deadline of the first head."""
        super().connection_made(transport)
        self._start_deadline()

    def on_message_begin(self) -> None:
        """Mark that a head is being read; most are complete before a deadline is needed."""
        super().on_message_begin()
        self._is_reading_head = True

    def data_received(self, data: bytes) -> None:
        """Parse the data, then enforce the limits."""
        self._last_read = len(data)
        self._overhead += len(data)
        super().data_received(data)
        if self._overhead > MAX_BYTES:
            self._abort()
        elif self._is_reading_head:
            self._start_deadline()

    def on_headers_complete(self) -> None:
        """Cancel the deadline of the head; raises `ValueError`, which ends the request, if one read had too much."""
        self._cancel_deadline()
        if max(self._overhead, self._last_read) > MAX_BYTES and self._head_bytes() > MAX_BYTES:
            self._abort()
            raise ValueError("The head is too large.")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Exclude the body from the count: `BoundedBody` limits it."""
        self._overhead -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Reset the count for the next request."""
        super().on_message_complete()
        self._overhead = 0

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the deadline of a connection that ended."""
        self._cancel_deadline()
        super().connection_lost(exc)

    def _head_bytes(self) -> int:
        """Return the size of the head that was parsed last, without the bytes that came in the same read."""
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _start_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.seconds, self._abort)

    def _cancel_deadline(self) -> None:
        self._is_reading_head = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _abort(self) -> None:
        self._cancel_deadline()
        self.transport.abort()
