"""Run the service as in production: separate processes on the Redis of the benchmark."""

from contextlib import asynccontextmanager
from itertools import count
from tempfile import TemporaryDirectory

import httpx

from tests.support.ports import free_port
from tests.support.processes import running
from tests.support.waiting import until

_indexes = count()


def new_numbers(many):
    """Return `many` numbers that were not returned before."""
    return [f"+316{10_000_000 + next(_indexes) * 7:08d}" for _ in range(many)]


@asynccontextmanager
async def worker(engine_url, tag, settings, **environment):
    """Run `otp worker` until the block ends."""
    with TemporaryDirectory() as folder:
        async with running(
            "worker", folder=folder, name="worker", **_environment(engine_url, tag, settings) | environment
        ) as process:
            yield process


@asynccontextmanager
async def api(engine_url, tag, settings, **environment):
    """Run `otp serve` without a worker until the block ends; yield its port and its process."""
    port = free_port()
    arguments, environment = ("serve", "--port", str(port)), _environment(engine_url, tag, settings) | environment
    with TemporaryDirectory() as folder:
        async with running(*arguments, folder=folder, name="api", **environment) as process:
            await wait_until_listening(port, "/livez")
            yield port, process


@asynccontextmanager
async def service(engine_url, tag, settings):
    """Run `otp serve` and `otp worker` until the block ends; yield the port of the API."""
    async with worker(engine_url, tag, settings), api(engine_url, tag, settings) as (port, _):
        await wait_until_listening(port, "/readyz")
        yield port


async def wait_until_listening(port, path):
    """Wait until a server answers GET `path` with success."""
    async with httpx.AsyncClient() as client:
        await until(lambda: _is_ready(client, f"http://127.0.0.1:{port}{path}"), within=30)


def _environment(engine_url, tag, settings):
    options = {"env": "development", "redis_url": engine_url, "redis_tag": tag} | settings
    return {f"OTP_{name.upper()}": value for name, value in options.items()}


async def _is_ready(client, url):
    try:
        return (await client.get(url)).is_success
    except httpx.TransportError:  # the server does not listen yet
        return False
