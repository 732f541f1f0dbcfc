"""An app for tests of admission: calls from any address at any time, with a store only after `open()`."""

from contextlib import asynccontextmanager

from asgi_lifespan import LifespanManager
from fakeredis import FakeServer
from httpx import AsyncClient

from app.main import create_app
from tests.support.api_calls import APPS
from tests.support.builders import PUBLIC_URL, make_settings
from tests.support.one_piece import transport_to

CLIENT_ADDRESS = "203.0.113.7"
LIMITED_PATH = "/problems/rate_limited"  # it needs no store, and is public


class SecondsClock:
    """A manual clock in seconds."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class AppClient:
    """The app, and clients that call it from any address."""

    def __init__(self, **changes):
        self.clock = SecondsClock()
        self.app = create_app(make_settings(**({"apps": APPS} | changes)), clock=self.clock, server=FakeServer())

    @asynccontextmanager
    async def open(self):
        """Run the app's lifespan, which opens the store."""
        async with LifespanManager(self.app) as manager:
            self.app = manager.app
            yield self

    @asynccontextmanager
    async def client(self, address=CLIENT_ADDRESS, **headers):
        transport = transport_to(self.app, client=(address, 50000))
        async with AsyncClient(transport=transport, base_url=PUBLIC_URL, headers=headers) as client:
            yield client

    async def call(self, method, path, *, address=CLIENT_ADDRESS, **how):
        """Send one request; headers may be pairs, to repeat a header."""
        async with self.client(address) as client:
            return await client.request(method, path, **how)

    async def get(self, path=LIMITED_PATH, **how):
        return await self.call("GET", path, **how)

    async def options(self, path, **how):
        return await self.call("OPTIONS", path, **how)

    async def statuses(self, times, path=LIMITED_PATH, **how):
        """Send `times` requests, and return the status of each."""
        return [(await self.get(path, **how)).status_code for _ in range(times)]
