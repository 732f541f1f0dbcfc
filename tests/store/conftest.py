"""Clients that share one connection."""

import pytest

from app.store.connection import open_redis
from tests.support.pipelined_clients import pipes
from tests.support.stores import BOTH, url_of


@pytest.fixture(params=BOTH)
def store_url(request):
    """Each test runs on both stores, unless a mark of tests/support/stores.py names one."""
    return url_of(request.param, request)


@pytest.fixture
async def other(engine_url):
    """Somebody else's connection, to look at what was done, and to do harm."""
    async with open_redis(engine_url) as other:
        yield other


@pytest.fixture
async def open_pipe():
    async with pipes() as open_pipe:
        yield open_pipe


@pytest.fixture
async def pipe(open_pipe, redis_proxy):
    """A client that is connected, through the wire."""
    pipe = open_pipe(redis_proxy.url)
    await pipe.ping()
    return pipe
