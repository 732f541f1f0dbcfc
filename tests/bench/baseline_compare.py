"""Ours against the floors: what a bare route does that reads the same body and runs one script.

Each is one process under the same uvicorn, on the same Redis, and they are called in turn. First saturated, for
throughput; then at a fixed rate, for what a call takes.
"""

import statistics
from contextlib import AsyncExitStack, asynccontextmanager

import uvloop
from redis.asyncio import Redis

from tests.bench.clients import checks_of, codes_of, ids_of, people
from tests.bench.limits import LIMITS
from tests.bench.load import open_lines, pace, saturate
from tests.bench.results import Found, percentile
from tests.bench.servers import FLOORS, TAGS, open_servers
from tests.support.builders import make_settings

ROUNDS, CALLS, AT_ONCE = 15, 1_000, 64  # so many that no server waits for whoever asks
RATE, PACED_ROUNDS, PACED_CALLS = 300, 8, 300
LEAST = 1.0
ASKED_BY_BROWSER, ASKED_BY_BACKEND = "request-code by a browser", "request-code by a backend"
RIGHT, WRONG = "verify-code, right", "verify-code, wrong"
GOOD = {ASKED_BY_BROWSER: 202, ASKED_BY_BACKEND: 202, RIGHT: 200, WRONG: 400}  # how ours answers
SETTINGS = {f"limit_{name}": rules for name, rules in LIMITS.items()} | {
    "countries": "NL",
    "trusted_proxies": "127.0.0.1/32",
    "code_lifetime": "600",
}
new_loop = uvloop.new_event_loop  # as the servers have it: whoever asks must not be the slower one


async def measure(engine_url):
    """Call ours and the floors, each kind of call in turns; gives the ratios of what each did."""
    async with open_bench(engine_url) as bench:
        found = [one for kind in GOOD for one in await bench.saturated(kind, ROUNDS, CALLS)]
        return found + [one for kind in (ASKED_BY_BROWSER, RIGHT) for one in await bench.paced(kind)]


@asynccontextmanager
async def open_bench(engine_url):
    """Start all servers until the block ends."""
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(Redis.from_url(engine_url))
        servers = await open_servers(stack, engine_url, redis, SETTINGS)
        settings = {name: make_settings(engine_url, tag, **SETTINGS) for name, tag in TAGS.items()}
        yield Bench(servers, redis, settings)


class Bench:
    """All servers by name, and what it takes to write calls that they know."""

    def __init__(self, servers, redis, settings):
        self._redis = redis
        self._servers = servers
        self._settings = settings

    async def saturated(self, kind, rounds, calls):
        """Call each as fast as it answers; gives the ratios of calls a second, and where the time went."""
        spent = {name: [] for name in self._servers}
        for turn in range(rounds + 1):
            for name in sorted(self._servers, reverse=bool(turn % 2)):
                server, requests = self._servers[name], await self._requests(kind, calls, at=name)
                async with open_lines(server.port, AT_ONCE) as lines, server.metered() as meter:
                    await saturate(lines, requests, good=_good(kind, name))
                spent[name].append(meter)
        return [_compare(kind, name, spent["ours"][1:], spent[name][1:], calls) for name in spent if name != "ours"]

    async def paced(self, kind):
        """Call ours and FastAPI at a fixed rate; gives the ratios of what a call takes."""
        names, words = ("fastapi", "ours"), {"p50": 50, "p99": 99}
        waits = {name: [] for name in names}
        for turn in range(PACED_ROUNDS + 1):
            for name in sorted(names, reverse=bool(turn % 2)):
                requests = await self._requests(kind, PACED_CALLS, at=name)
                asked = await pace(self._servers[name].port, requests, rate=RATE, good=_good(kind, name))
                waits[name].append([one.milliseconds for one in asked])
        found = []
        for word, percent in words.items():
            each = {name: [percentile(some, percent) for some in rounds[1:]] for name, rounds in waits.items()}
            ratios = [own / floor for floor, own in zip(each["fastapi"], each["ours"], strict=True)]
            also = {f"{name}, ms": round(statistics.median(some), 3) for name, some in each.items()}
            found.append(Found(f"{kind}: {word} at {RATE} calls/s, ours / bare fastapi", "", ratios, also=also))
        return found

    async def _requests(self, kind, many, *, at):
        """Write so many calls of a kind for one server; a code that is to be checked is asked for first.

        A floor takes any id and code: what is written for it was asked for at ours.
        """
        await self._forget()
        crowd = people(many)
        if kind == ASKED_BY_BACKEND:
            return [person.asks_by_backend() for person in crowd]
        asks = [person.asks() for person in crowd]
        if kind == ASKED_BY_BROWSER:
            return asks
        asked_at = at if at in TAGS else "ours"
        async with open_lines(self._servers[asked_at].port, AT_ONCE) as lines:
            ids = ids_of(await saturate(lines, asks, good=202))
        codes = await codes_of(ids, self._redis, self._settings[asked_at])
        return checks_of(crowd, ids, codes, are_right=kind == RIGHT)

    async def _forget(self):
        """Drop the queue, which no worker drains and which refuses when it is full, and the count of wrong codes."""
        kept = ("sends_queue", "watch_checks", "watch_failures", "alarm")
        await self._redis.delete(*(f"{tag}:{name}" for tag in TAGS.values() for name in kept))


def _good(kind, name):
    """Tell how a server answers a kind of call; a floor finds no code wrong."""
    return 200 if name in FLOORS and kind == WRONG else GOOD[kind]


def _compare(kind, floor, own, other, calls):
    """Tell the ratio of calls a second, round by round, and beside it what a call costs whom."""
    throughput = [theirs.seconds / ours.seconds for ours, theirs in zip(own, other, strict=True)]
    processor = round(sum(one.server for one in own) / (sum(one.server for one in other) or 1), 2)
    also = {"server's CPU, ours / bare": processor, "ours": _per_call(own, calls), floor: _per_call(other, calls)}
    least = LEAST if floor == "fastapi" else None
    return Found(f"{kind}: throughput, ours / bare {floor}", "", throughput, also=also, least=least)


def _per_call(rounds, calls):
    """Tell the calls a second, and the microseconds of processor time that a call takes of each process."""
    sums = {
        "server": sum(one.server for one in rounds),
        "redis": sum(one.redis for one in rounds),
        "asking": sum(one.asking for one in rounds),
    }
    rate = round(calls / statistics.median(one.seconds for one in rounds))
    costs = {f"{name}, CPU µs a call": round(time / len(rounds) / calls * 1e6) for name, time in sums.items()}
    return {"calls/s": rate} | costs
