"""A vendor in a process of its own, quick enough to be in nobody's way; it remembers when it was given which SMS.

`python -m tests.bench.vendor 0.05` answers as Smstools does, after so many seconds; it prints its address first.
"""

import asyncio
import json
import sys
import time
from contextlib import asynccontextmanager
from itertools import count

import httpx

from tests.support.processes import ROOT, surroundings

ACCOUNT = {"kind": "smstools", "client_id": "id", "client_secret": "secret", "sender": "Test", "report_token": "t" * 22}
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"


class Vendor:
    """The process, as a benchmark sees it."""

    def __init__(self, url, client):
        self.url = url
        self._client = client

    async def seen(self):
        """Tell which numbers it was given since it was last asked, and when, by `time.monotonic`."""
        return (await self._client.get(f"{self.url}/seen")).json()

    def settings(self, *names):
        """Set up gateways of these names that all lead here, asked in this order."""
        own = {**ACCOUNT, "url": self.url}
        given = {f"gateways__{name}__{word}": value for name in names for word, value in own.items()}
        return {**given, "routes": json.dumps({"*": names})}


@asynccontextmanager
async def vendor(*, delay):
    """Run one until the block ends; `delay` is seconds."""
    words = [sys.executable, "-m", "tests.bench.vendor", str(delay)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*words, cwd=ROOT, env=surroundings(), stdout=pipe)
    try:
        url = (await process.stdout.readline()).decode().strip()
        async with httpx.AsyncClient() as client:
            yield Vendor(url, client)
    finally:
        process.kill()
        await process.wait()


class Exchange(asyncio.Protocol):
    """Reads one request after the other; `GET /seen` tells of all SMS that came since it was last asked."""

    def __init__(self, delay, seen, ids):
        self._delay, self._seen, self._ids = delay, seen, ids
        self._read = b""

    def connection_made(self, transport):
        self._transport = transport

    def data_received(self, data):
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if not end or len(body) < int(length or 0):
            return
        self._read = b""  # who calls here waits for an answer before asking again
        if head.startswith(b"GET /seen"):
            self._say(self._seen)
            self._seen.clear()
            return
        self._seen[json.loads(body)["to"]] = time.monotonic()
        asyncio.get_running_loop().call_later(self._delay, self._say, {"messageid": f"v-{next(self._ids)}"})

    def _say(self, told):
        body = json.dumps(told).encode()
        if not self._transport.is_closing():
            self._transport.write(_ANSWER % (len(body), body))


async def _serve(delay):
    seen, ids = {}, count()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Exchange(delay, seen, ids), "127.0.0.1", 0, backlog=1024)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)  # noqa: T201  whoever started it reads this
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
