"""A Redis of its own, the tools, a clock to turn; every test that asks for a store runs on both."""

import os
import secrets
from contextlib import asynccontextmanager

import pytest
from fakeredis import FakeServer

from app.store.connection import open_redis
from app.store.keys import Keys
from app.wiring import open_tools
from tests.support.engine import own_engine
from tests.support.makers import Clock, make_settings
from tests.support.watched_logs import watched
from tests.support.wire import Wire


@pytest.fixture(autouse=True)
def heard():
    """Every line that is logged during a test; one that tells a secret fails it."""
    with watched() as stream:
        yield stream


@pytest.fixture(scope="session")
def engine_url():
    """A real engine: the one that TEST_REDIS_URL names, or our own, which dies with the suite. Nobody flushes it."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    with own_engine() as url:
        yield url


@pytest.fixture
async def wire(engine_url):
    """A way to the engine that a test may watch, and cut."""
    async with Wire(engine_url) as wire:
        yield wire


@pytest.fixture(params=["embedded", "engine"])
def store_url(request):
    """Every test that asks for a store runs on both."""
    return "memory://" if request.param == "embedded" else request.getfixturevalue("engine_url")


@pytest.fixture
def server():
    """The embedded store, where it is the one under test: all who connect see the same."""
    return FakeServer()


@pytest.fixture
def tag():
    """A hash tag of the test's own: it shares an engine, and nothing in it."""
    return f"{{t{secrets.token_hex(8)}}}"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_tools(store_url, tag, clock, server):
    """Open tools with changed settings, in the test's own corner of the store."""

    @asynccontextmanager
    async def make(**changes):
        async with open_tools(make_settings(store_url, tag, **changes), now=clock, server=server) as tools:
            await tools.queue.open()
            yield tools

    return make


@pytest.fixture
async def tools(make_tools):
    async with make_tools() as made:
        yield made


@pytest.fixture
async def redis(store_url, server):
    """A connection of the test's own, to look at the store itself."""
    redis = open_redis(store_url, server=server)
    yield redis
    await redis.aclose()


@pytest.fixture
def key(tag):
    """Build the names of keys."""
    return Keys(tag).of
