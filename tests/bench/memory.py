"""Start time and resident memory of the API and the worker: when ready, and after thousands of calls.

Both processes run as in production and are restarted several times; a fast vendor receives the SMS.
"""

import asyncio
import os
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from app.store.connection import open_redis
from tests.bench.clients import codes_of_verifications, make_clients, verification_ids, verify_requests
from tests.bench.load import open_connections, saturate
from tests.bench.results import Measurement
from tests.bench.vendor import vendor
from tests.support.builders import make_settings
from tests.support.ports import free_port
from tests.support.processes import running
from tests.support.waiting import until

START_GOAL, MEMORY_GOAL = 2, 120  # seconds; MiB
STARTS, CALLS, AT_ONCE = 5, 2_000, 16
_TAG = "{memory}"
_POLL_INTERVAL = 0.01  # seconds between two readiness requests


async def measure(engine_url):
    """Start both, call the API and stop both, repeatedly; return the seconds and the MiB."""
    seen = {}
    with TemporaryDirectory() as folder:
        async with vendor(delay=0) as fake_vendor, open_redis(engine_url) as redis:
            settings = {"countries": "NL", "trusted_proxies": "127.0.0.1/32", **fake_vendor.settings("one")}
            bench = Bench(folder, redis, make_settings(engine_url, _TAG, **settings))
            options = {"env": "development", "redis_url": engine_url, "redis_tag": _TAG} | settings
            environment = {f"OTP_{name.upper()}": value for name, value in options.items()}
            starts = [await bench.run_once(environment, seen) for _ in range(STARTS + 1)]
    also = {
        "processor time, s": round(statistics.median(processor for _, processor in starts[1:]), 2),
        "first start, which compiles all modules, s": round(starts[0][0], 2),
    }
    memory = [Measurement(f"{name}: resident memory", "MiB", values, MEMORY_GOAL) for name, values in seen.items()]
    return [
        Measurement("start to ready of `otp serve`", "s", [elapsed for elapsed, _ in starts[1:]], START_GOAL, also),
        *memory,
    ]


class Bench:
    """Start processes in a folder and measure them."""

    def __init__(self, folder, redis, settings):
        self._folder, self._redis, self._settings = folder, redis, settings

    async def run_once(self, environment, seen):
        """Run both once, record their memory, and return the API's start time: elapsed and processor seconds."""
        await self._redis.delete(f"{_TAG}:alive")  # left by the previous worker
        async with self._running("worker", "worker", **environment) as worker:
            await until(lambda: self._redis.exists(f"{_TAG}:alive"), within=60)
            port, started = free_port(), time.monotonic()
            async with self._running("api", "serve", "--port", str(port), **environment) as api:
                await _ready(port)
                start_times = time.monotonic() - started, _processor_time(api.process.pid)
                _record(seen, "ready", api=api, worker=worker)
                await self._call_api(port)
                await until(self._is_idle, within=60)
                _record(seen, f"after {CALLS:,} codes were requested and verified", api=api, worker=worker)
        return start_times

    def _running(self, name, *arguments, **environment):
        """Start a process with its own bytecode cache, so that only its first start compiles."""
        cache = {"PYTHONPYCACHEPREFIX": f"{self._folder}/{name}", "PYTHONDONTWRITEBYTECODE": ""}
        return running(*arguments, folder=self._folder, name=name, **environment, **cache)

    async def _call_api(self, port):
        clients = make_clients(CALLS)
        async with open_connections(port, AT_ONCE) as connections:
            ids = verification_ids(await saturate(connections, [client.request_code() for client in clients], good=202))
            codes = await codes_of_verifications(ids, self._redis, self._settings)
            await saturate(connections, verify_requests(clients, ids, codes, are_right=True), good=200)

    async def _is_idle(self):
        return await self._redis.xlen(f"{_TAG}:sends_queue") == 0


async def _ready(port):
    """Poll every 10 ms until the API is ready; this is the precision of the result."""
    async with httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success:
                    return
            except httpx.TransportError:
                pass  # the API does not listen yet
            await asyncio.sleep(_POLL_INTERVAL)


def _record(seen, when, **processes):
    for name, one in processes.items():
        seen.setdefault(f"{name}, {when}", []).append(_resident(one.process.pid))


def _processor_time(pid):
    """Return the seconds of processor time of a process; requires Linux."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _resident(pid):
    """Return the resident memory of a process in MiB; requires Linux."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines["VmRSS"].split()[0]) / 1024
