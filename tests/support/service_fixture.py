"""The service as its callers meet it, with a second app, a test number and a look into its store."""

import os
from contextlib import asynccontextmanager
from dataclasses import dataclass

from asgi_lifespan import LifespanManager
from fakeredis import FakeServer
from httpx import AsyncClient

from app.container import Container, open_container
from app.main import create_app
from app.store.connection import EMBEDDED, open_redis
from tests.support.api_calls import APPS, TEST_NUMBERS
from tests.support.builders import BLOCK_MS, PUBLIC_URL, make_settings
from tests.support.one_piece import transport_to
from tests.support.running_worker import working

PRODUCTION = {
    "env": "production",
    "public_url": "https://otp.example.com",
    "secrets": "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
    "name_secret": "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA",
    "countries": "NL",
    "test_numbers": "",
    "limit_sends_per_app": "1000/d",
    "gateways__smstools__client_id": "account",
    "gateways__smstools__client_secret": "secret",
    "gateways__smstools__sender": "Acme",
    "gateways__smstools__report_token": "r3p0rt-t0ken-r3p0rt-t0ken",
}
_READ = {
    b"string": lambda redis, key: redis.get(key),
    b"hash": lambda redis, key: redis.hgetall(key),
    b"list": lambda redis, key: redis.lrange(key, 0, -1),
    b"set": lambda redis, key: redis.smembers(key),
    b"zset": lambda redis, key: redis.zrange(key, 0, -1, withscores=True),
    b"stream": lambda redis, key: redis.xrange(key),
}


@dataclass
class RunningService:
    """The service and all that a test may look at: `tools` stand beside the app's own, on the same store."""

    client: AsyncClient
    container: Container
    redis: object
    tag: str

    async def dump(self):
        """Read everything that is kept, but for the workers' sign of life and the counts of reports."""
        kept = {}
        pattern = self.tag.replace("{", "[{]").replace("}", "[}]") + "*"
        async for key in self.redis.scan_iter(match=pattern, count=10_000):  # other tests left theirs on the engine
            if not key.endswith(b":alive") and b":counts:" not in key:
                kept[key] = await _READ[await self.redis.type(key)](self.redis, key)
        return kept


@asynccontextmanager
async def open_service(*, url, tag, clock, workers=False, key="sk_dev", random_bytes=os.urandom, **changes):
    """Run the app and, where `workers` says so, a worker beside it."""
    given = {"apps": APPS, "test_numbers": TEST_NUMBERS, "redis_url": url} | changes
    settings, server = make_settings(tag=tag, **given), FakeServer()
    sources = {"now": clock, "random_bytes": random_bytes, "server": server, "block_ms": BLOCK_MS}
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        LifespanManager(create_app(settings, **sources)) as manager,
        open_container(settings, **sources) as container,
    ):
        transport = transport_to(manager.app)
        redis = open_redis(settings.redis_url, server=server)
        async with AsyncClient(transport=transport, base_url=PUBLIC_URL, headers=headers) as client:
            service = RunningService(client, container, redis, tag)
            if settings.redis_url == EMBEDDED:
                await container.queue.open()  # the worker inside does so in its own time, and a dump would show when
            if workers and settings.redis_url != EMBEDDED:
                async with working(container):
                    yield service
            else:
                yield service
        await redis.aclose()
