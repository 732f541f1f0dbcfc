"""One HTTP/1.1 connection to a peer, for one request at a time; httptools parses the responses."""

import asyncio
from typing import cast

import httptools
import httpx

MAX_HEAD_BYTES = 64 * 1024
_SWITCHING, _OK = 101, 200
_NO_BODY = {204, 304}


class Connection(asyncio.Protocol):
    """Writes a request and reads its response; raises an `httpx` error that quotes neither."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.idle_since = 0.0
        self._is_open = True
        self._response: asyncio.Future[httpx.Response] | None = None

    @property
    def is_open(self) -> bool:
        """Return whether the peer may still answer on this connection."""
        return self._is_open and not self.transport.is_closing()

    async def exchange(self, request: bytes, max_bytes: int) -> httpx.Response:
        """Write a whole request, and return the response with a body of at most `max_bytes`."""
        self._response = asyncio.get_running_loop().create_future()
        self._bytes_left = max_bytes + MAX_HEAD_BYTES
        self._max_bytes = max_bytes
        self._parser = httptools.HttpResponseParser(self)
        self.on_message_begin()
        self.transport.write(request)
        try:
            return await self._response
        except asyncio.CancelledError:
            self.transport.abort()  # a late response must not be taken for the next one
            raise
        finally:
            self._response = None

    def close(self) -> None:
        """Close the connection."""
        self._is_open = False
        self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        """Parse a part of the response."""
        if self._response is None or self._response.done():
            self.close()  # no request waits for it
            return
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            self._fail("the response is too large")
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail("the response is not HTTP")

    def eof_received(self) -> None:
        """End a response that has no length: it ends with the connection (RFC 9112 §6.3)."""
        if self._response is not None and not self._response.done() and self._ends_with_connection:
            self.on_message_complete()
        self._is_open = False

    def connection_lost(self, error: Exception | None) -> None:
        """Fail a response that has not ended."""
        self._is_open = False
        self._fail("the connection was closed")

    def on_message_begin(self) -> None:
        """Start a response; an interim one (1xx) may come before it, and none after it."""
        if self._response is None or self._response.done():
            self.close()
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = bytearray()
        self._ends_with_connection = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep one header."""
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Find out how the body ends."""
        names = {name.lower() for name, _ in self._headers}
        has_length = b"content-length" in names or b"transfer-encoding" in names
        self._ends_with_connection = not has_length and self._parser.get_status_code() not in _NO_BODY

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body."""
        self._body += body
        if len(self._body) > self._max_bytes:
            self._fail("the response is too large")

    def on_message_complete(self) -> None:
        """Return the response to its caller."""
        status = self._parser.get_status_code()
        if status == _SWITCHING:
            self._fail("the connection switches to another protocol")
        if self._response is None or self._response.done() or status < _OK:
            return
        self._is_open = self._is_open and self._parser.should_keep_alive() and not self._ends_with_connection
        self._response.set_result(
            httpx.Response(status, headers=self._headers, stream=httpx.ByteStream(bytes(self._body)))
        )

    def _fail(self, what: str) -> None:
        if self._response is not None and not self._response.done():
            self._response.set_exception(httpx.RemoteProtocolError(what))
        self.close()
