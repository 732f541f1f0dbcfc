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
async def api(engine_url, tag, settings, **environment):
    """Run `otp serve` alone until the block ends; gives its port and its process. No worker drains the queue."""
    port = free_port()
    words, environment = ("serve", "--port", str(port)), _environment(engine_url, tag, settings) | environment
    with TemporaryDirectory() as folder:
        async with running(*words, folder=folder, name="api", **environment) as process:
            await listening(port, "/livez")
            yield port, process


@asynccontextmanager
async def service(engine_url, tag, settings):
    """Run `otp serve` and `otp worker` until the block ends; gives the port where it listens."""
    async with worker(engine_url, tag, settings), api(engine_url, tag, settings) as (port, _):
        await listening(port, "/readyz")
        yield port


async def listening(port, path):
    """Wait until a server answers what is asked of it there."""
    async with httpx.AsyncClient() as client:
        await until(lambda: _is_ready(client, f"http://127.0.0.1:{port}{path}"), within=30)


def _environment(engine_url, tag, settings):
    given = {"env": "development", "redis_url": engine_url, "redis_tag": tag} | settings
    return {f"OTP_{name.upper()}": value for name, value in given.items()}


async def _is_ready(client, url):
    try:
        return (await client.get(url)).is_success
    except httpx.TransportError:  # it does not listen yet
        return False
