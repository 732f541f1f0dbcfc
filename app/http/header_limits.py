"""How a request's head is read, before there is a request: uvicorn itself knows no end of it."""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_BYTES = 64 * 1024
MAX_SECONDS = 10


class HeaderLimitProtocol(HttpToolsProtocol):
    """Hangs up on a caller who sends more than 64 KiB around a body, or whose head is not whole within 10 s.

    What is around a body is its head, the sizes of its chunks, and what follows the last one (RFC 9112 §7.1). The
    seconds count from the connection's beginning at first, so that idle connections end too; between two requests
    uvicorn counts, as long as nothing comes.
    """

    seconds: ClassVar[float] = MAX_SECONDS
    _is_open = True
    _around = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """Note that another one begins; most are whole before anybody has to wait."""
        super().on_message_begin()
        self._is_open = True

    def data_received(self, data: bytes) -> None:
        """Read on, and see what it was."""
        self._around += len(data)
        super().data_received(data)
        if self._around > MAX_BYTES:
            self._hang_up()
        elif self._is_open:
            self._wait()

    def on_headers_complete(self) -> None:
        """Wait no longer."""
        self._rest()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Leave a body to those who know how large it may be."""
        self._around -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Count anew."""
        super().on_message_complete()
        self._around = 0

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer either."""
        self._rest()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.seconds, self._hang_up)

    def _rest(self) -> None:
        self._is_open = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _hang_up(self) -> None:
        self._rest()
        self.transport.abort()
