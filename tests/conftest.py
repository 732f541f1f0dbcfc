"""Shared fixtures: a Redis server, a container and a manual clock; a module or a mark selects the store of a test.

Each fixture imports what it needs, so that a run of a few tests that need no service does not load one.
"""
# ruff: noqa: PLC0415

import gc
import os
import secrets
from contextlib import asynccontextmanager
from functools import partial

import pytest

from tests.support.stores import EMBEDDED, url_of


def pytest_configure(config):
    """Run each property on few examples; on many with `pytest -m long`."""
    from hypothesis import settings

    settings.register_profile("few", max_examples=25)
    settings.register_profile("many", max_examples=1000)
    settings.load_profile("many" if _is_long(config) else "few")


def pytest_xdist_auto_num_workers():
    """Run one worker more than there are processors with `-n auto`: a quarter of the time, tests wait."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Select the property tests with `-m long` too."""
    for item in items if _is_long(config) else []:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("long")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish():
    """Exclude modules and tests from garbage collection, which would scan them again and again for seconds."""
    gc.collect()
    gc.freeze()


def _is_long(config):
    return config.option.markexpr == "long"


@pytest.fixture(autouse=True)
def logged_lines():
    """The log lines of a test; a line that contains a secret fails the test."""
    from tests.support.log_secrets import checked_logs

    with checked_logs() as stream:
        yield stream


@pytest.fixture(scope="session")
def engine_url():
    """URL of a real engine: TEST_REDIS_URL, or a server that stops with the suite. No test flushes it."""
    from tests.support.redis_server import run_redis_server

    configured_url = os.environ.get("TEST_REDIS_URL")
    if configured_url:
        yield configured_url
        return
    with run_redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def developers_service():
    """URL of one `otp dev`, shared by the tests that only read or that use their own phone number."""
    from tests.support.service import otp_dev

    with otp_dev() as url:
        yield url


@pytest.fixture
async def redis_proxy(engine_url):
    """A proxy to the engine that a test can observe and cut."""
    from tests.support.redis_proxy import RedisProxy

    async with RedisProxy(engine_url) as redis_proxy:
        yield redis_proxy


@pytest.fixture
def store_url(request):
    """The embedded store, unless a mark of tests/support/stores.py or the module's `STORE` names another one."""
    return url_of(getattr(request, "param", None) or getattr(request.module, "STORE", EMBEDDED), request)


@pytest.fixture
def server():
    """The server of the embedded store: all connections of a test share its data."""
    from fakeredis import FakeServer

    return FakeServer()


@pytest.fixture
def tag():
    """A hash tag for one test: tests share the engine, but no keys."""
    return f"{{t{secrets.token_hex(8)}}}"


@pytest.fixture
def clock():
    from tests.support.builders import Clock

    return Clock()


@pytest.fixture
def make_container(store_url, tag, clock, server):
    """Open containers with changed settings, under the test's hash tag."""
    from app.container import open_container
    from tests.support.builders import BLOCK_MS, REDIS_PATIENCE, make_settings

    @asynccontextmanager
    async def make(**changes):
        settings = make_settings(store_url, tag, **changes)
        sources = {"now": clock, "server": server, "block_ms": BLOCK_MS, "redis_patience": REDIS_PATIENCE}
        async with open_container(settings, **sources) as container:
            await container.queue.open()
            yield container

    return make


@pytest.fixture
async def container(make_container):
    async with make_container() as made:
        yield made


@pytest.fixture
async def redis(store_url, server):
    """A separate connection, to inspect the store."""
    from app.store.connection import open_redis

    redis = open_redis(store_url, server=server)
    yield redis
    await redis.aclose()


@pytest.fixture
def key(tag):
    """Build Redis key names under the test's hash tag."""
    from app.store.keyspace import Keyspace

    return Keyspace(tag)


@pytest.fixture
def run_service(store_url, tag, clock):
    """Run the service with changed settings, under the test's hash tag."""
    from tests.support.service_fixture import open_service

    return partial(open_service, url=store_url, tag=tag, clock=clock)


@pytest.fixture
async def service(run_service):
    """The running service, its container and its store."""
    async with run_service() as running:
        yield running


@pytest.fixture
def client(service):
    """A backend of the app `dev`; the code of its test number is fixed."""
    return service.client
