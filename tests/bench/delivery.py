"""Processor time of a delivered code: of the API that takes the request, the worker that sends the SMS, and Redis.

All run saturated at the same time, as separate processes on two cores, with a vendor that responds at once. Beside
them, in the same run, a bare FastAPI route, and the revision in BEFORE if it is set.
"""

import statistics
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import uvloop
from redis.asyncio import Redis

from tests.bench.clients import make_clients
from tests.bench.load import open_connections, saturate
from tests.bench.results import Measurement
from tests.bench.servers import BEFORE, Server, bare, processor_time, redis_time
from tests.bench.service import api, wait_until_listening, worker
from tests.bench.vendor import vendor
from tests.support.processes import ROOT
from tests.support.waiting import until

ROUNDS, CALLS, AT_ONCE = 8, 2_000, 16
MAX_WORKER, MAX_TOTAL = 1.5, 4.0
SETTINGS = {"countries": "NL", "trusted_proxies": "127.0.0.1/32", "limit_sends_per_app": "off"}
new_loop = uvloop.new_event_loop  # like the servers: the client must not be the slower side


@dataclass
class Cost:
    """Microseconds of processor time per delivered code in one round, and SMS per second."""

    api: float
    worker: float
    redis: float
    rate: float

    @property
    def total(self):
        return self.api + self.worker + self.redis


async def measure(engine_url):
    """Deliver codes in rounds by each revision in turn; return the ratios of the processor times."""
    roots = {"ours": ROOT} | ({"before": BEFORE} if BEFORE else {})
    costs = {name: [] for name in roots}
    bare_costs = []
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(Redis.from_url(engine_url))
        fake_vendor = await stack.enter_async_context(vendor(delay=0))
        running = {
            name: await stack.enter_async_context(_service(engine_url, name, root, fake_vendor, redis))
            for name, root in roots.items()
        }
        baseline = await stack.enter_async_context(bare("fastapi", engine_url, redis))
        for turn in range(ROUNDS + 1):
            for name in sorted(roots, reverse=bool(turn % 2)):
                costs[name].append(await running[name].deliver(CALLS))
            bare_costs.append(await _bare_cost(baseline))
    return _measurements({name: each[1:] for name, each in costs.items()}, statistics.median(bare_costs[1:]))


class _Service:
    """An API and a worker of one revision."""

    def __init__(self, port, api_pid, worker_pid, redis, tag):
        self._port, self._pids, self._redis, self._tag = port, (api_pid, worker_pid), redis, tag

    async def deliver(self, calls):
        """Request codes as fast as the API takes them, and wait until every SMS is sent; return the cost of a code."""
        requests = [client.request_code() for client in make_clients(calls)]
        before = await self._times()
        async with open_connections(self._port, AT_ONCE) as connections:
            await saturate(connections, requests, good=202)
        await until(self._is_idle, within=60)
        spent = [late - early for early, late in zip(before, await self._times(), strict=True)]
        seconds, *times = spent
        return Cost(*(each / calls * 1e6 for each in times), rate=calls / seconds)

    async def _times(self):
        return [time.perf_counter(), *map(processor_time, self._pids), await redis_time(self._redis)]

    async def _is_idle(self):
        return not (await self._redis.xlen(f"{self._tag}:sends_queue") or await self._redis.zcard(f"{self._tag}:later"))


@asynccontextmanager
async def _service(engine_url, name, root, fake_vendor, redis):
    tag, settings = f"{{delivery-{name}}}", SETTINGS | fake_vendor.settings("one")
    path = {"PYTHONPATH": str(root)}
    async with (
        worker(engine_url, tag, settings, **path) as sender,
        api(engine_url, tag, settings, **path) as (port, server),
    ):
        await wait_until_listening(port, "/readyz")
        yield _Service(port, server.process.pid, sender.process.pid, redis, tag)


async def _bare_cost(server: Server):
    """Return the microseconds of processor time of a call of the bare route."""
    requests = [client.request_code() for client in make_clients(CALLS)]
    async with open_connections(server.port, AT_ONCE) as connections, server.metered() as meter:
        await saturate(connections, requests, good=202)
    return meter.server / CALLS * 1e6


def _measurements(costs, bare_cost):
    ours = costs["ours"]
    also = {name: _describe(each) for name, each in costs.items()} | {"bare route, CPU µs a call": round(bare_cost)}
    measurements = [
        Measurement(
            "worker's CPU an SMS / API's a request-code", "", [one.worker / one.api for one in ours], MAX_WORKER, also
        ),
        Measurement(
            "CPU of a delivered code, API + worker + Redis / bare route",
            "",
            [one.total / bare_cost for one in ours],
            MAX_TOTAL,
        ),
        Measurement("delivered codes by one API and one worker process", "/s", [one.rate for one in ours]),
    ]
    if "before" in costs:
        ratios = [own.total / other.total for own, other in zip(ours, costs["before"], strict=True)]
        measurements.append(Measurement("CPU of a delivered code, ours / before", "", ratios))
    return measurements


def _describe(costs):
    parts = ("api", "worker", "redis", "total")
    return {f"{part}, CPU µs": round(statistics.median(getattr(one, part) for one in costs)) for part in parts}
