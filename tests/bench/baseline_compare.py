"""Compare the service with the baselines: bare routes that read the same body and run one script.

Each server is one process under the same uvicorn, on the same Redis, and they are called in turn: first saturated, to
measure the throughput, then at a fixed rate, to measure the latency.
"""

import statistics
from contextlib import AsyncExitStack, asynccontextmanager

import uvloop
from redis.asyncio import Redis

from tests.bench.clients import codes_of_verifications, make_clients, verification_ids, verify_requests
from tests.bench.limits import SERVICE, allow_country
from tests.bench.load import open_connections, pace, saturate
from tests.bench.results import Measurement, percentile
from tests.bench.servers import BASELINES, TAGS, open_servers
from tests.support.builders import make_settings

ROUNDS, CALLS, AT_ONCE = 15, 1_000, 64  # enough connections that no server waits for the client
RATE, PACED_ROUNDS, PACED_CALLS = 300, 8, 300
LEAST = 1.0
ASKED_BY_BROWSER, ASKED_BY_BACKEND = "request-code by a browser", "request-code by a backend"
RIGHT, WRONG = "verify-code, right", "verify-code, wrong"
GOOD = {ASKED_BY_BROWSER: 202, ASKED_BY_BACKEND: 202, RIGHT: 200, WRONG: 400}  # the status of the service's response
SETTINGS = SERVICE | {
    "code_lifetime": "600",
    # The clients of a minute are more addresses than the limiter counts one by one; the others share their counts.
    "limit_calls_per_address": "10000/min",
}
new_loop = uvloop.new_event_loop  # like the servers: the client must not be the slower side


async def measure(engine_url):
    """Call the service and the baselines in turn with each kind of call; return the ratios."""
    async with open_bench(engine_url) as bench:
        measurements = [one for kind in GOOD for one in await bench.saturated(kind, ROUNDS, CALLS)]
        return measurements + [one for kind in (ASKED_BY_BROWSER, RIGHT) for one in await bench.paced(kind)]


@asynccontextmanager
async def open_bench(engine_url):
    """Run all servers until the block ends."""
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(Redis.from_url(engine_url))
        servers = await open_servers(stack, engine_url, redis, SETTINGS)
        for tag in TAGS.values():
            await allow_country(redis, tag)
        settings = {name: make_settings(engine_url, tag, **SETTINGS) for name, tag in TAGS.items()}
        yield Bench(servers, redis, settings)


class Bench:
    """The servers by name, with the Redis and the settings that their calls are prepared from."""

    def __init__(self, servers, redis, settings):
        self._redis = redis
        self._servers = servers
        self._settings = settings

    async def saturated(self, kind, rounds, calls):
        """Call each server as fast as it responds; return the ratios of calls per second and the processor time."""
        usage = {name: [] for name in self._servers}
        for turn in range(rounds + 1):
            for name in sorted(self._servers, reverse=bool(turn % 2)):
                server, requests = self._servers[name], await self._requests(kind, calls, at=name)
                async with open_connections(server.port, AT_ONCE) as connections, server.metered() as meter:
                    await saturate(connections, requests, good=_good(kind, name))
                usage[name].append(meter)
        return [_compare(kind, name, usage["ours"][1:], usage[name][1:], calls) for name in usage if name != "ours"]

    async def paced(self, kind):
        """Call the service and bare FastAPI at a fixed rate; return the ratios of the latencies."""
        names, percentiles = ("fastapi", "ours"), {"p50": 50, "p99": 99}
        latencies = {name: [] for name in names}
        for turn in range(PACED_ROUNDS + 1):
            for name in sorted(names, reverse=bool(turn % 2)):
                requests = await self._requests(kind, PACED_CALLS, at=name)
                timed_calls = await pace(self._servers[name].port, requests, rate=RATE, good=_good(kind, name))
                latencies[name].append([one.milliseconds for one in timed_calls])
        measurements = []
        for label, percent in percentiles.items():
            each = {name: [percentile(values, percent) for values in rounds[1:]] for name, rounds in latencies.items()}
            ratios = [own / baseline for baseline, own in zip(each["fastapi"], each["ours"], strict=True)]
            also = {f"{name}, ms": round(statistics.median(values), 3) for name, values in each.items()}
            measurements.append(
                Measurement(f"{kind}: {label} at {RATE} calls/s, ours / bare fastapi", "", ratios, also=also)
            )
        return measurements

    async def _requests(self, kind, many, *, at):
        """Prepare calls of one kind for one server; codes to check are requested first.

        A baseline accepts any id and code: its calls use verifications of the service.
        """
        await self._forget()
        clients = make_clients(many)
        if kind == ASKED_BY_BACKEND:
            return [client.request_code_by_backend() for client in clients]
        code_requests = [client.request_code() for client in clients]
        if kind == ASKED_BY_BROWSER:
            return code_requests
        issuer = at if at in TAGS else "ours"
        async with open_connections(self._servers[issuer].port, AT_ONCE) as connections:
            ids = verification_ids(await saturate(connections, code_requests, good=202))
        codes = await codes_of_verifications(ids, self._redis, self._settings[issuer])
        return verify_requests(clients, ids, codes, are_right=kind == RIGHT)

    async def _forget(self):
        """Delete the queue, which no worker drains and which refuses when it is full, and the failure watch."""
        names = (
            "sends_queue",
            "watched_checks",
            *(f"watched_checks:{app}" for app in ("dev", "shop")),
            "watch_checks",
            "watch_failures",
            "failure_watch",
            "alarm",
        )  # the last four are of older revisions
        await self._redis.delete(*(f"{tag}:{name}" for tag in TAGS.values() for name in names))


def _good(kind, name):
    """Return the expected status of a server for a kind of call; a baseline finds no code wrong."""
    return 200 if name in BASELINES and kind == WRONG else GOOD[kind]


def _compare(kind, baseline, own, other, calls):
    """Return the ratio of calls per second in each round, with the processor time of each process."""
    throughput = [theirs.seconds / ours.seconds for ours, theirs in zip(own, other, strict=True)]
    processor = round(sum(one.server for one in own) / (sum(one.server for one in other) or 1), 2)
    also = {"server's CPU, ours / bare": processor, "ours": _per_call(own, calls), baseline: _per_call(other, calls)}
    least = LEAST if baseline == "fastapi" else None
    other_name = baseline if baseline == "before" else f"bare {baseline}"
    return Measurement(f"{kind}: throughput, ours / {other_name}", "", throughput, also=also, least=least)


def _per_call(rounds, calls):
    """Return the calls per second, and the microseconds of processor time per call of each process."""
    sums = {
        "server": sum(one.server for one in rounds),
        "redis": sum(one.redis for one in rounds),
        "client": sum(one.client for one in rounds),
    }
    rate = round(calls / statistics.median(one.seconds for one in rounds))
    costs = {f"{name}, CPU µs a call": round(time / len(rounds) / calls * 1e6) for name, time in sums.items()}
    return {"calls/s": rate} | costs
