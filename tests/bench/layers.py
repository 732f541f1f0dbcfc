"""Profile the API's processor time by layer, for `request-code` and `verify-code`.

The service runs as in production, under uvicorn on a socket in its own process, so that the server's share is included.
Browsers call it with sixteen concurrent requests; every limit is on and its log is discarded.
"""

import asyncio
import json
import signal
import sys
from contextlib import asynccontextmanager

import uvloop

from app.store.connection import open_redis
from tests.bench.clients import codes_of_verifications, make_clients, verification_ids, verify_requests
from tests.bench.limits import SERVICE, allow_country
from tests.bench.load import open_connections, saturate
from tests.bench.results import Measurement
from tests.bench.sampler import OTHER
from tests.bench.service import wait_until_listening
from tests.support.builders import make_settings
from tests.support.ports import free_port
from tests.support.processes import ROOT, clean_environment

ROUNDS, CALLS, AT_ONCE = 8, 1_000, 16
MAX_OTHER = 0.05  # maximum share of the time without a layer
KINDS = ("request-code", "verify-code, right")
new_loop = uvloop.new_event_loop  # like the service: the client must not be the slower side
_TAG = "{layers}"


async def measure(engine_url):
    """Make both kinds of calls in turn; return the microseconds of a call of each, by layer."""
    settings = make_settings(engine_url, _TAG, **SERVICE)
    profiles = {kind: [] for kind in KINDS}
    async with open_redis(engine_url) as redis, _sampled(engine_url) as sampled:
        await allow_country(redis, _TAG)
        for turn in range(ROUNDS + 1):
            clients = make_clients(CALLS)
            code_requests = [client.request_code() for client in clients]
            bodies, request_profile = await sampled.call(code_requests, good=202)
            ids = verification_ids(bodies)
            code_checks = verify_requests(
                clients, ids, await codes_of_verifications(ids, redis, settings), are_right=True
            )
            _, verify_profile = await sampled.call(code_checks, good=200)
            await redis.delete(f"{_TAG}:sends_queue")  # no worker drains it, and a full queue refuses
            if turn:  # the first round only warms up
                for kind, profile in zip(KINDS, (request_profile, verify_profile), strict=True):
                    profiles[kind].append(profile)
    return [summarize(kind, rounds) for kind, rounds in profiles.items()]


class SampledProcess:
    """The process that `tests.bench.sampler` profiles."""

    def __init__(self, port, process):
        self._port, self._process = port, process

    async def call(self, requests, *, good):
        """Make these calls; return the bodies and the seconds of each layer."""
        async with open_connections(self._port, AT_ONCE) as connections:
            await self._profile()
            bodies = await saturate(connections, requests, good=good)
            return bodies, await self._profile()

    async def _profile(self):
        self._process.send_signal(signal.SIGUSR1)
        return json.loads(await self._process.stdout.readline())


@asynccontextmanager
async def _sampled(engine_url):
    """Run the sampled service until the block ends."""
    port = free_port()
    options = {"env": "development", "redis_url": engine_url, "redis_tag": _TAG} | SERVICE
    environment = clean_environment(**{f"OTP_{name.upper()}": value for name, value in options.items()})
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.sampler", str(port)),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await wait_until_listening(port, "/livez")
        yield SampledProcess(port, process)
    finally:
        process.kill()
        await process.wait()


def summarize(kind, profiles):
    """Summarize the profiles: the microseconds of a call, and those of each layer, the largest first."""
    totals = [sum(profile.values()) / CALLS * 1e6 for profile in profiles]
    layers = {
        layer: sum(profile.get(layer, 0) for profile in profiles) / CALLS / len(profiles) * 1e6
        for layer in set().union(*profiles)
    }
    assert layers.get(OTHER, 0) < MAX_OTHER * sum(layers.values()), "too much of the time belongs to no layer"
    also = {f"{layer}, µs": round(layers[layer], 1) for layer in sorted(layers, key=layers.get, reverse=True)}
    return Measurement(f"{kind}: processor time of the API for a call", "µs", totals, also=also)
