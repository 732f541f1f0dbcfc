"""Clients that call without a pause, and list every request that got no answer."""

import asyncio
import json
import time
from collections import Counter
from contextlib import suppress

_ANSWER_S = 60  # a request may wait in the queue of a socket until a process serves


class SteadyLoad:
    """Clients with one request at a time each; some keep their connection, some open one for each request.

    `answers` counts by status; `lost` lists what a client saw in place of an answer: refused, reset, closed. Of several
    ports a client uses the next one where a connection is refused, as a proxy does. It looks whether the peer has
    closed a connection before it sends, as every connection pool does. It sends no request a second time: a POST that
    was sent may have been handled.
    """

    def __init__(self, *ports, kept=8, fresh=2, pauses=(0.02, 0.05, 0.1, 0.3)):
        self.answers = Counter()
        self.lost = []
        self.slowest = 0.0
        self._ports = ports
        self._kept = kept
        self._fresh = fresh
        self._pauses = pauses
        self._stop = asyncio.Event()

    async def __aenter__(self):
        self._clients = [
            asyncio.create_task(self._call_again_and_again(place, keeps=place < self._kept))
            for place in range(self._kept + self._fresh)
        ]
        return self

    async def __aexit__(self, *exc):
        self._stop.set()
        await asyncio.gather(*self._clients)

    async def _call_again_and_again(self, place, *, keeps):
        connection = None
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                if connection is None or connection[0].at_eof():
                    connection = await self._connect(place)
                stays = await asyncio.wait_for(self._call(*connection, keeps=keeps), _ANSWER_S)
            except (OSError, EOFError, TimeoutError) as error:
                self.lost.append(f"{type(error).__name__}, connection {'kept' if keeps else 'opened'}")
                stays = False
            self.slowest = max(self.slowest, time.monotonic() - started)
            if not stays and connection is not None:
                await _close(connection)
                connection = None
            await asyncio.sleep(self._pauses[place % len(self._pauses)])
        if connection is not None:
            await _close(connection)

    async def _connect(self, place):
        for turn in range(len(self._ports) - 1):
            with suppress(ConnectionRefusedError):
                return await asyncio.open_connection("127.0.0.1", self._ports[(place + turn) % len(self._ports)])
        return await asyncio.open_connection("127.0.0.1", self._ports[(place - 1) % len(self._ports)])

    async def _call(self, reader, writer, *, keeps):
        """Send one request, and return whether the connection may be used again."""
        await send_request(writer, keeps=keeps)
        status, stays = await read_answer(reader)
        self.answers[status] += 1
        return keeps and stays


async def send_request(writer, *, keeps=True):
    """Introspect a proof: a POST, which no client may repeat, and which leaves nothing in a queue."""
    body = json.dumps({"proof": "none"}).encode()
    head = [
        "POST /v1/proofs/introspect HTTP/1.1",
        "Host: 127.0.0.1",
        "Authorization: Bearer sk_dev",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"Connection: {'keep-alive' if keeps else 'close'}",
    ]
    writer.write("\r\n".join([*head, "", ""]).encode() + body)
    await writer.drain()


async def read_answer(reader):
    """Return the status, and whether the peer keeps the connection."""
    answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
    fields = dict(line.split(": ", 1) for line in answer[1:] if line)
    await reader.readexactly(int(fields["content-length"]))
    return int(answer[0].split()[1]), fields.get("connection") != "close"


async def _close(connection):
    connection[1].close()
    with suppress(OSError):
        await connection[1].wait_closed()
