"""The service's door, for calls from any address at any time; a store is behind it only if it is asked for."""

from contextlib import asynccontextmanager

from asgi_lifespan import LifespanManager
from fakeredis import FakeServer
from httpx import AsyncClient

from app.main import create_app
from tests.support.api_calls import APPS
from tests.support.builders import PUBLIC_URL, make_settings
from tests.support.one_piece import transport_to

PERSON = "203.0.113.7"
COUNTED = "/problems/rate_limited"  # it needs no store, and is public


class Seconds:
    """A clock that only goes when it is told to."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class AppClient:
    """The app, and clients that call it from wherever they like."""

    def __init__(self, **changes):
        self.clock = Seconds()
        self.app = create_app(make_settings(**({"apps": APPS} | changes)), clock=self.clock, server=FakeServer())

    @asynccontextmanager
    async def open(self):
        """Open the store behind it."""
        async with LifespanManager(self.app) as manager:
            self.app = manager.app
            yield self

    @asynccontextmanager
    async def client(self, address=PERSON, **headers):
        transport = transport_to(self.app, client=(address, 50000))
        async with AsyncClient(transport=transport, base_url=PUBLIC_URL, headers=headers) as client:
            yield client

    async def call(self, method, path, *, address=PERSON, **how):
        """Call once; headers may be pairs, to say one several times."""
        async with self.client(address) as client:
            return await client.request(method, path, **how)

    async def get(self, path=COUNTED, **how):
        return await self.call("GET", path, **how)

    async def options(self, path, **how):
        return await self.call("OPTIONS", path, **how)

    async def statuses(self, times, path=COUNTED, **how):
        """Call so often, and tell what each was answered."""
        return [(await self.get(path, **how)).status_code for _ in range(times)]
