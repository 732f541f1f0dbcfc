"""The service as an operator runs it: processes of its own, on the Redis of the benchmark."""

from contextlib import asynccontextmanager
from itertools import count
from tempfile import TemporaryDirectory

import httpx

from tests.support.ports import free_port
from tests.support.processes import running
from tests.support.waiting import until

_places = count()


def numbers(many):
    """Give so many numbers that nobody was given before."""
    return [f"+316{10_000_000 + next(_places) * 7:08d}" for _ in range(many)]


@asynccontextmanager
async def worker(engine_url, tag, settings):
    """Run `otp worker` until the block ends."""
    with TemporaryDirectory() as folder:
        async with running(
            "worker", folder=folder, name="worker", **_environment(engine_url, tag, settings)
        ) as process:
            yield process


@asynccontextmanager
async def service(engine_url, tag, settings):
    """Run `otp serve` and `otp worker` until the block ends; gives the port where it listens."""
    port = free_port()
    words = ("serve", "--port", str(port))
    with TemporaryDirectory() as folder:
        async with (
            worker(engine_url, tag, settings),
            running(*words, folder=folder, name="api", **_environment(engine_url, tag, settings)),
            httpx.AsyncClient() as client,
        ):
            await until(lambda: _is_ready(client, port), within=30)
            yield port


def _environment(engine_url, tag, settings):
    given = {"env": "development", "redis_url": engine_url, "redis_tag": tag} | settings
    return {f"OTP_{name.upper()}": value for name, value in given.items()}


async def _is_ready(client, port):
    try:
        return (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success
    except httpx.TransportError:  # it does not listen yet
        return False
