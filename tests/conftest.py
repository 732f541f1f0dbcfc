"""A Redis of its own, the tools and a clock that a test moves; a test runs on the store that its folder or mark names.

What a fixture needs is imported in it, so that a run of a few tests that need no service does not load one.
"""
# ruff: noqa: PLC0415

import os
import secrets
from contextlib import asynccontextmanager
from functools import partial

import pytest

from tests.support.stores import EMBEDDED, url_of


def pytest_configure(config):
    """Try each property on few examples; `pytest -m long` tries it on many."""
    from hypothesis import settings

    settings.register_profile("few", max_examples=25)
    settings.register_profile("many", max_examples=1000)
    settings.load_profile("many" if _is_long(config) else "few")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Let `-m long` choose the properties too."""
    for item in items if _is_long(config) else []:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("long")


def _is_long(config):
    return config.option.markexpr == "long"


@pytest.fixture(autouse=True)
def logged_lines():
    """Every line that is logged during a test; one that holds a secret fails it."""
    from tests.support.log_secrets import watched

    with watched() as stream:
        yield stream


@pytest.fixture(scope="session")
def engine_url():
    """A real engine: the one that TEST_REDIS_URL names, or our own, which dies with the suite. Nobody flushes it."""
    from tests.support.redis_server import own_engine

    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    with own_engine() as url:
        yield url


@pytest.fixture(scope="session")
def developers_service():
    """The address of one `otp dev` for all tests that only read, or that use a phone number of their own."""
    from tests.support.service import otp_dev

    with otp_dev() as url:
        yield url


@pytest.fixture
async def redis_proxy(engine_url):
    """A way to the engine that a test may watch, and cut."""
    from tests.support.redis_proxy import Wire

    async with Wire(engine_url) as redis_proxy:
        yield redis_proxy


@pytest.fixture
def store_url(request):
    """The embedded store, unless a mark of tests/support/stores.py or the module's `STORE` names another one."""
    return url_of(getattr(request, "param", None) or getattr(request.module, "STORE", EMBEDDED), request)


@pytest.fixture
def server():
    """The embedded store, where it is the one under test: all who connect see the same."""
    from fakeredis import FakeServer

    return FakeServer()


@pytest.fixture
def tag():
    """A hash tag of the test's own: it shares an engine, and nothing in it."""
    return f"{{t{secrets.token_hex(8)}}}"


@pytest.fixture
def clock():
    from tests.support.builders import Clock

    return Clock()


@pytest.fixture
def make_container(store_url, tag, clock, server):
    """Open tools with changed settings, in the test's own corner of the store."""
    from app.container import open_container
    from tests.support.builders import BLOCK_MS, make_settings

    @asynccontextmanager
    async def make(**changes):
        settings = make_settings(store_url, tag, **changes)
        async with open_container(settings, now=clock, server=server, block_ms=BLOCK_MS) as container:
            await container.queue.open()
            yield container

    return make


@pytest.fixture
async def container(make_container):
    async with make_container() as made:
        yield made


@pytest.fixture
async def redis(store_url, server):
    """A connection of the test's own, to look at the store itself."""
    from app.store.connection import open_redis

    redis = open_redis(store_url, server=server)
    yield redis
    await redis.aclose()


@pytest.fixture
def key(tag):
    """Build the names of keys."""
    from app.store.keyspace import Keyspace

    return Keyspace(tag).of


@pytest.fixture
def run_service(store_url, tag, clock):
    """Run the service with changed settings, under the test's own tag."""
    from tests.support.service_fixture import open_service

    return partial(open_service, url=store_url, tag=tag, clock=clock)


@pytest.fixture
async def service(run_service):
    """The running service, its container and its store."""
    async with run_service() as running:
        yield running


@pytest.fixture
def client(service):
    """A backend of the app `dev`; its number has a code that never changes."""
    return service.client
