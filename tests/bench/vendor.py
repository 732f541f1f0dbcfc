"""A fake vendor in its own process that records when each SMS arrives and is fast enough not to limit a benchmark.

`python -m tests.bench.vendor 0.05` responds like Smstools after so many seconds; it prints its URL first.
"""

import asyncio
import json
import sys
import time
from contextlib import asynccontextmanager
from itertools import count

import httpx

from tests.support.processes import ROOT, clean_environment

ACCOUNT = {"kind": "smstools", "client_id": "id", "client_secret": "secret", "sender": "Test", "report_token": "t" * 22}
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"


class Vendor:
    """A client for the vendor process."""

    def __init__(self, url, client):
        self.url = url
        self._client = client

    async def seen(self):
        """Return the numbers of all SMS since the last call, with their `time.monotonic` arrival times."""
        return (await self._client.get(f"{self.url}/seen")).json()

    def settings(self, *names):
        """Return settings for gateways with these names that all send here, tried in this order."""
        own = {**ACCOUNT, "url": self.url}
        options = {f"gateways__{name}__{word}": value for name in names for word, value in own.items()}
        return {**options, "routes": json.dumps({"*": names})}


@asynccontextmanager
async def vendor(*, delay):
    """Run a vendor until the block ends; `delay` is in seconds."""
    arguments = [sys.executable, "-m", "tests.bench.vendor", str(delay)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*arguments, cwd=ROOT, env=clean_environment(), stdout=pipe)
    try:
        url = (await process.stdout.readline()).decode().strip()
        async with httpx.AsyncClient() as client:
            yield Vendor(url, client)
    finally:
        process.kill()
        await process.wait()


class Exchange(asyncio.Protocol):
    """Read one request after the other; `GET /seen` returns all SMS since the previous one."""

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
        self._read = b""  # a client waits for the response before it sends the next request
        if head.startswith(b"GET /seen"):
            self._respond(self._seen)
            self._seen.clear()
            return
        self._seen[json.loads(body)["to"]] = time.monotonic()
        asyncio.get_running_loop().call_later(self._delay, self._respond, {"messageid": f"v-{next(self._ids)}"})

    def _respond(self, payload):
        body = json.dumps(payload).encode()
        if not self._transport.is_closing():
            self._transport.write(_ANSWER % (len(body), body))


async def _serve(delay):
    seen, ids = {}, count()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Exchange(delay, seen, ids), "127.0.0.1", 0, backlog=1024)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)  # noqa: T201  the parent process reads this
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
