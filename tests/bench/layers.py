"""Where each microsecond of the API's processor time goes: a profile by layer, of an asked and of a checked code.

The service runs as an operator runs it, by uvicorn on a socket and in a process of its own, so that the server's share
is seen too. It is called by browsers, sixteen at once, with every limit on and its log written to nowhere.
"""

import asyncio
import json
import signal
import sys
from contextlib import asynccontextmanager

import uvloop

from app.store.connection import open_redis
from tests.bench.clients import checks_of, codes_of, ids_of, people
from tests.bench.limits import LIMITS
from tests.bench.load import open_lines, saturate
from tests.bench.results import Found
from tests.bench.sampler import OTHER
from tests.bench.service import listening
from tests.support.builders import make_settings
from tests.support.ports import free_port
from tests.support.processes import ROOT, surroundings

ROUNDS, CALLS, AT_ONCE = 8, 1_000, 16
MOST_OTHER = 0.05  # of the time may be nobody's
KINDS = ("request-code", "verify-code, right")
new_loop = uvloop.new_event_loop  # as the service has it: whoever asks must not be the slower one
_TAG = "{layers}"
_SETTINGS = {f"limit_{name}": rules for name, rules in LIMITS.items()} | {
    "countries": "NL",
    "trusted_proxies": "127.0.0.1/32",
}


async def measure(engine_url):
    """Call both kinds in turns; gives the microseconds of a call of each, and in which layers they went."""
    settings = make_settings(engine_url, _TAG, **_SETTINGS)
    profiles = {kind: [] for kind in KINDS}
    async with open_redis(engine_url) as redis, _sampled(engine_url) as sampled:
        for turn in range(ROUNDS + 1):
            crowd = people(CALLS)
            asks = [person.asks() for person in crowd]
            bodies, asking = await sampled.call(asks, good=202)
            ids = ids_of(bodies)
            checks = checks_of(crowd, ids, await codes_of(ids, redis, settings), are_right=True)
            _, checking = await sampled.call(checks, good=200)
            await redis.delete(f"{_TAG}:sends_queue")  # nobody drains it, and a full one refuses
            if turn:  # the first only warms up
                for kind, profile in zip(KINDS, (asking, checking), strict=True):
                    profiles[kind].append(profile)
    return [tell(kind, rounds) for kind, rounds in profiles.items()]


class Sampled:
    """The process under the clock of `tests.bench.sampler`."""

    def __init__(self, port, process):
        self._port, self._process = port, process

    async def call(self, requests, *, good):
        """Make these calls; gives the bodies, and the seconds that each layer worked for them."""
        async with open_lines(self._port, AT_ONCE) as lines:
            await self._profile()
            bodies = await saturate(lines, requests, good=good)
            return bodies, await self._profile()

    async def _profile(self):
        self._process.send_signal(signal.SIGUSR1)
        return json.loads(await self._process.stdout.readline())


@asynccontextmanager
async def _sampled(engine_url):
    """Run it until the block ends."""
    port = free_port()
    given = {"env": "development", "redis_url": engine_url, "redis_tag": _TAG} | _SETTINGS
    environment = surroundings(**{f"OTP_{name.upper()}": value for name, value in given.items()})
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.sampler", str(port)),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await listening(port, "/livez")
        yield Sampled(port, process)
    finally:
        process.kill()
        await process.wait()


def tell(kind, profiles):
    """Sum up profiles of so many calls each: a call's microseconds, and those of each layer, the largest first."""
    totals = [sum(profile.values()) / CALLS * 1e6 for profile in profiles]
    layers = {
        layer: sum(profile.get(layer, 0) for profile in profiles) / CALLS / len(profiles) * 1e6
        for layer in set().union(*profiles)
    }
    assert layers.get(OTHER, 0) < MOST_OTHER * sum(layers.values()), "too much of the time is nobody's"
    also = {f"{layer}, µs": round(layers[layer], 1) for layer in sorted(layers, key=layers.get, reverse=True)}
    return Found(f"{kind}: processor time of the API for a call", "µs", totals, also=also)
