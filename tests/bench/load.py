"""Calls a server as fast as it answers, or at a fixed rate; both count only calls that were answered as they should be.

The requests are bytes, written beforehand, so that little of the machine goes into asking.
"""

import asyncio
import json
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass


class Refused(Exception):
    """A call was answered otherwise than was asked of it, or not at all; what was measured is worth nothing."""


@dataclass(frozen=True)
class Asked:
    """One call: its answer's body, and the moments, by `time.monotonic`, when it was written and answered."""

    body: bytes
    written: float
    answered: float

    @property
    def milliseconds(self):
        return (self.answered - self.written) * 1000


class Line(asyncio.Protocol):
    """One connection, which carries one call after the other."""

    def connection_made(self, transport):
        self._transport, self._heard = transport, None

    async def call(self, request, good):
        """Make one call and give the body of its answer, whose status must be the good one."""
        self._read, self._heard = b"", asyncio.get_running_loop().create_future()
        self._transport.write(request)
        status, body = await self._heard
        if status != b"%d" % good:
            raise Refused(f"A call was answered {status.decode()} where {good} is right.")
        return body

    def data_received(self, data):
        self._read += data
        head, _, body = self._read.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if length and len(body) == int(length) and not self._heard.done():
            self._heard.set_result((head[9:12], body))

    def connection_lost(self, _):
        if self._heard is not None and not self._heard.done():
            self._heard.set_exception(Refused("A call was not answered; the server hung up."))

    def close(self):
        self._transport.close()


@asynccontextmanager
async def open_lines(port, many):
    """Open so many connections until the block ends."""
    lines = await asyncio.gather(*(_open_line(port) for _ in range(many)))
    try:
        yield lines
    finally:
        for line in lines:
            line.close()


async def saturate(lines, requests, *, good):
    """Make the calls on all lines at once, each line the next call when it heard of its last; gives the bodies."""
    waiting, bodies = iter(enumerate(requests)), [b""] * len(requests)

    async def work(line):
        for place, request in waiting:
            bodies[place] = await line.call(request, good)

    await asyncio.gather(*(work(line) for line in lines))
    return bodies


async def pace(port, requests, *, rate, good):
    """Make `rate` calls a second, whatever the answers take; gives what became of each.

    A slow answer holds up nobody: each call has a connection for itself while it lasts.
    """
    lines, idle, tasks = [], [], []

    async def ask(request):
        if idle:
            line = idle.pop()
        else:
            line = await _open_line(port)
            lines.append(line)
        written = time.monotonic()
        body = await line.call(request, good)
        answered = time.monotonic()
        idle.append(line)
        return Asked(body, written, answered)

    starts = time.monotonic()
    for place, request in enumerate(requests):
        await asyncio.sleep(starts + place / rate - time.monotonic())
        tasks.append(asyncio.create_task(ask(request)))
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()  # those that are left after a refusal
        await asyncio.gather(*tasks, return_exceptions=True)
        for line in lines:
            line.close()


async def ask_for_codes(port, numbers, *, rate):
    """Ask for a code for each number, `rate` a second; gives what became of each, by number."""
    requests = [post("/v1/request-code", {"phone_number": number}, authorization="Bearer sk_dev") for number in numbers]
    return dict(zip(numbers, await pace(port, requests, rate=rate, good=202), strict=True))


def post(path, body, **headers):
    """Write a request; a header's name is written with underscores."""
    raw = json.dumps(body).encode()
    given = {"host": "127.0.0.1", "content_type": "application/json", "content_length": len(raw)} | headers
    lines = [f"POST {path} HTTP/1.1", *(f"{name.replace('_', '-')}: {value}" for name, value in given.items())]
    return "\r\n".join([*lines, "", ""]).encode() + raw


async def _open_line(port):
    _, line = await asyncio.get_running_loop().create_connection(Line, "127.0.0.1", port)
    return line
