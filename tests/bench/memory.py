"""How soon one process is ready, and how much memory it keeps: when it is ready, and after thousands of calls.

Both processes run as an operator starts them, again and again; a quick vendor takes the SMS.
"""

import asyncio
import os
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from app.store.connection import open_redis
from tests.bench.clients import checks_of, codes_of, ids_of, people
from tests.bench.load import open_lines, saturate
from tests.bench.results import Found
from tests.bench.vendor import vendor
from tests.support.builders import make_settings
from tests.support.ports import free_port
from tests.support.processes import running
from tests.support.waiting import until

START_GOAL, MEMORY_GOAL = 2, 120  # seconds; MiB
STARTS, CALLS, AT_ONCE = 5, 2_000, 16
_TAG = "{memory}"
_GLANCE = 0.01  # seconds between two looks at whether it is ready


async def measure(engine_url):
    """Start both, call the API, stop both, and so on; gives the seconds and the MiB."""
    seen = {}
    with TemporaryDirectory() as folder:
        async with vendor(delay=0) as carrier, open_redis(engine_url) as redis:
            settings = {"countries": "NL", "trusted_proxies": "127.0.0.1/32", **carrier.settings("one")}
            bench = Bench(folder, redis, make_settings(engine_url, _TAG, **settings))
            given = {"env": "development", "redis_url": engine_url, "redis_tag": _TAG} | settings
            environment = {f"OTP_{name.upper()}": value for name, value in given.items()}
            starts = [await bench.live(environment, seen) for _ in range(STARTS + 1)]
    also = {
        "of these on the processor, s": round(statistics.median(worked for _, worked in starts[1:]), 2),
        "the very first, which compiles all modules, s": round(starts[0][0], 2),
    }
    memory = [Found(f"{name}: resident memory", "MiB", values, MEMORY_GOAL) for name, values in seen.items()]
    return [Found("start to ready of `otp serve`", "s", [took for took, _ in starts[1:]], START_GOAL, also), *memory]


class Bench:
    """Starts processes in a folder and looks at them."""

    def __init__(self, folder, redis, settings):
        self._folder, self._redis, self._settings = folder, redis, settings

    async def live(self, environment, seen):
        """Run both for a life, note what they keep, and give the seconds until the API was ready, all and worked."""
        await self._redis.delete(f"{_TAG}:alive")  # of the worker before
        async with self._running("worker", "worker", **environment) as worker:
            await until(lambda: self._redis.exists(f"{_TAG}:alive"), within=60)
            port, begun = free_port(), time.monotonic()
            async with self._running("api", "serve", "--port", str(port), **environment) as api:
                await _ready(port)
                took = time.monotonic() - begun, _worked(api.process.pid)
                _note(seen, "ready", api=api, worker=worker)
                await self._call(port)
                await until(self._is_quiet, within=60)
                _note(seen, f"after {CALLS:,} codes were asked for and checked", api=api, worker=worker)
        return took

    def _running(self, name, *words, **environment):
        """Start a process that keeps what it compiles to itself, so that only its first start compiles."""
        keeps = {"PYTHONPYCACHEPREFIX": f"{self._folder}/{name}", "PYTHONDONTWRITEBYTECODE": ""}
        return running(*words, folder=self._folder, name=name, **environment, **keeps)

    async def _call(self, port):
        crowd = people(CALLS)
        async with open_lines(port, AT_ONCE) as lines:
            ids = ids_of(await saturate(lines, [person.asks() for person in crowd], good=202))
            codes = await codes_of(ids, self._redis, self._settings)
            await saturate(lines, checks_of(crowd, ids, codes, are_right=True), good=200)

    async def _is_quiet(self):
        return await self._redis.xlen(f"{_TAG}:sends_queue") == 0


async def _ready(port):
    """Look every 10 ms, for that is how exact the figure should be."""
    async with httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success:
                    return
            except httpx.TransportError:
                pass  # it does not listen yet
            await asyncio.sleep(_GLANCE)


def _note(seen, when, **processes):
    for name, one in processes.items():
        seen.setdefault(f"{name}, {when}", []).append(_resident(one.process.pid))


def _worked(pid):
    """Read the seconds of processor time of a process; only Linux tells, as below."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _resident(pid):
    """Read the MiB of memory that a process occupies."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines["VmRSS"].split()[0]) / 1024
