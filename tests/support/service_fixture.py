"""Runs the service for tests, with a second app, a test number and access to its store."""

import os
from contextlib import asynccontextmanager
from dataclasses import dataclass

from asgi_lifespan import LifespanManager
from fakeredis import FakeServer
from httpx import AsyncClient

from app.container import Container, open_container
from app.main import create_app
from app.store.connection import EMBEDDED, PATIENCE_S, open_redis
from tests.support.api_calls import APPS, TEST_NUMBERS
from tests.support.builders import BLOCK_MS, PUBLIC_URL, make_settings
from tests.support.one_piece import transport_to
from tests.support.running_worker import running_worker

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
    """The service and what a test may inspect: `container` is a second one, on the same store as the app's."""

    client: AsyncClient
    container: Container
    redis: object
    tag: str

    async def dump(self):
        """Return everything in the store, but what workers and readiness checks write by themselves, and counts."""
        stored = {}
        pattern = self.tag.replace("{", "[{]").replace("}", "[}]") + "*"
        async for key in self.redis.scan_iter(match=pattern, count=10_000):  # other tests share the engine
            if not key.endswith((b":alive", b":written")) and b":counts:" not in key and b":resting:" not in key:
                stored[key] = await _READ[await self.redis.type(key)](self.redis, key)
        return stored


@asynccontextmanager
async def open_service(
    *, url, tag, clock, workers=False, key="sk_dev", random_bytes=os.urandom, redis_patience=PATIENCE_S, **changes
):
    """Run the app and, with `workers`, a worker on the same store."""
    changes_with_defaults = {"apps": APPS, "test_numbers": TEST_NUMBERS, "redis_url": url} | changes
    settings, server = make_settings(tag=tag, **changes_with_defaults), FakeServer()
    sources = {
        "now": clock,
        "random_bytes": random_bytes,
        "server": server,
        "block_ms": BLOCK_MS,
        "redis_patience": redis_patience,
    }
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
                # The embedded worker opens it at its own pace, and a dump would show the difference.
                await container.queue.open()
            if workers and settings.redis_url != EMBEDDED:
                async with running_worker(container):
                    yield service
            else:
                yield service
        await redis.aclose()
