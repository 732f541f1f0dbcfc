"""Load generator: call a server as fast as it responds, or at a fixed rate; unexpected responses abort the run.

The requests are prepared bytes, so that the client needs little processor time.
"""

import asyncio
import json
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass


class UnexpectedResponse(Exception):
    """A call returned an unexpected status or no response; the measurement is invalid."""


@dataclass(frozen=True)
class TimedCall:
    """One call: the response body, and the `time.monotonic` times of request and response."""

    body: bytes
    written: float
    answered: float

    @property
    def milliseconds(self):
        return (self.answered - self.written) * 1000


class Connection(asyncio.Protocol):
    """A connection that makes one call after the other."""

    def connection_made(self, transport):
        self._transport, self._response = transport, None

    async def call(self, request, good):
        """Make one call and return the response body; raise `UnexpectedResponse` unless its status is `good`."""
        self._read, self._response = b"", asyncio.get_running_loop().create_future()
        self._transport.write(request)
        status, body = await self._response
        if status != b"%d" % good:
            raise UnexpectedResponse(f"The status of a call is {status.decode()}, expected {good}: {body[:300]!r}")
        return body

    def data_received(self, data):
        self._read += data
        head, _, body = self._read.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if length and len(body) == int(length) and not self._response.done():
            self._response.set_result((head[9:12], body))

    def connection_lost(self, _):
        if self._response is not None and not self._response.done():
            self._response.set_exception(UnexpectedResponse("The server closed the connection without a response."))

    def close(self):
        self._transport.close()


@asynccontextmanager
async def open_connections(port, many):
    """Hold `many` connections open until the block ends."""
    connections = await asyncio.gather(*(_open_connection(port) for _ in range(many)))
    try:
        yield connections
    finally:
        for connection in connections:
            connection.close()


async def saturate(connections, requests, *, good):
    """Make the calls on all connections concurrently, one at a time on each; return the response bodies."""
    waiting, bodies = iter(enumerate(requests)), [b""] * len(requests)

    async def call_in_turn(connection):
        for index, request in waiting:
            bodies[index] = await connection.call(request, good)

    await asyncio.gather(*(call_in_turn(connection) for connection in connections))
    return bodies


async def pace(port, requests, *, rate, good):
    """Make `rate` calls per second, regardless of the response times; return the timed calls.

    A slow response delays no other call: each call has its own connection while it lasts.
    """
    connections, idle, tasks = [], [], []

    async def call(request):
        if idle:
            connection = idle.pop()
        else:
            connection = await _open_connection(port)
            connections.append(connection)
        written = time.monotonic()
        body = await connection.call(request, good)
        answered = time.monotonic()
        idle.append(connection)
        return TimedCall(body, written, answered)

    starts = time.monotonic()
    for index, request in enumerate(requests):
        await asyncio.sleep(starts + index / rate - time.monotonic())
        tasks.append(asyncio.create_task(call(request)))
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()  # calls that remain after an unexpected response
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in connections:
            connection.close()


async def request_codes(port, numbers, *, rate):
    """Request a code for each number, `rate` per second; return the timed calls by number."""
    requests = [post("/v1/request-code", {"phone_number": number}, authorization="Bearer sk_dev") for number in numbers]
    return dict(zip(numbers, await pace(port, requests, rate=rate, good=202), strict=True))


def post(path, body, **headers):
    """Return the bytes of a POST request; header names use underscores."""
    raw = json.dumps(body).encode()
    fields = {"host": "127.0.0.1", "content_type": "application/json", "content_length": len(raw)} | headers
    request_lines = [f"POST {path} HTTP/1.1", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
    return "\r\n".join([*request_lines, "", ""]).encode() + raw


async def _open_connection(port):
    _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return connection
