"""Fixtures of the store tests: both stores, and pipelined clients."""

import pytest

from app.store.connection import open_redis
from tests.support.pipelined_clients import open_clients
from tests.support.stores import BOTH, url_of


@pytest.fixture(params=BOTH)
def store_url(request):
    """Run each test on both stores, unless a mark of tests/support/stores.py selects one."""
    return url_of(request.param, request)


@pytest.fixture
async def other_client(engine_url):
    """A second connection, to inspect effects and to inject failures."""
    async with open_redis(engine_url) as other_client:
        yield other_client


@pytest.fixture
async def open_client():
    async with open_clients() as open_client:
        yield open_client


@pytest.fixture
async def client(open_client, redis_proxy):
    """A pipelined client that is connected through the proxy."""
    client = open_client(redis_proxy.url)
    await client.ping()
    return client
