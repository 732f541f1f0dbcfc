"""Create any number of pending verifications: some are requested through the service, the rest are copies of these.

A copy has the same fields and the same expiry as its original and a name of the same length, so that Redis has as much
to store and to search as if all of them had been requested.
"""

from contextlib import asynccontextmanager
from itertools import count

from asgi_lifespan import LifespanManager
from redis.asyncio import Redis

from app.main import create_app
from tests.bench.calls import request, run_calls
from tests.bench.clients import codes_of_verifications
from tests.support.builders import make_settings

LIFETIME = 600  # seconds; the maximum, because the copies must outlive the measurement
AT_ONCE = 16
_REDIS_TIMEOUT = 60  # seconds; timeout of the client that creates the copies, not of the service
_BATCH = 2_000  # copies per call; they block Redis for about 20 ms
_NUMBER = 8  # digits of a copy's number, which replace as many characters of the original's name
_COPY = f"""
for i = ARGV[1], ARGV[2] do
  local number = string.format('%0{_NUMBER}d', i)
  for _, key in ipairs(KEYS) do
    redis.call('COPY', key, string.sub(key, 1, -{_NUMBER + 1}) .. number)
  end
end
"""


def by_ipv4(n):
    """Return a browser's request with a subject, from a unique address."""
    address = f"{20 + n // 65536}.{n // 256 % 256}.{n % 256}.7"
    return request("/v1/request-code", _body(n), key="pk_dev", address=address)


def by_ipv6(n):
    """Return a browser's request with a subject, from a unique /48, which is counted beside the /64."""
    address = f"2001:{0xDB8 + n // 65536:x}:{n % 65536:x}::1"
    return request("/v1/request-code", _body(n), key="pk_dev", address=address)


def by_ipv4_with_key(n):
    """Return a request by IPv4 with an Idempotency-Key, for which the answer is stored."""
    scope, raw = by_ipv4(n)
    return {**scope, "headers": [*scope["headers"], (b"idempotency-key", f"key-{n}".encode())]}, raw


def _body(n):
    return {"phone_number": f"+316{10_000_000 + n * 7:08d}", "subject": f"user-{n}"}


class BulkLoad:
    """A service in this process that receives requests for new numbers, and its Redis."""

    def __init__(self, app, redis, settings):
        self.redis, self.tag = redis, settings.redis_tag
        self._app, self._settings = app, settings
        self._numbers = count()

    def code_requests(self, many, *, write=by_ipv4):
        """Return `many` code requests for new numbers; `write` builds one of them."""
        return [write(next(self._numbers)) for _ in range(many)]

    async def verify_requests(self, ids):
        """Return requests that verify each verification with its correct code."""
        codes = await codes_of_verifications(ids, self.redis, self._settings)
        bodies = [{"verification_id": id, "code": code} for id, code in zip(ids, codes, strict=True)]
        return [request("/v1/verify-code", body, key="sk_dev") for body in bodies]

    async def call(self, requests):
        """Run these calls, none of which may be refused."""
        await run_calls(self._app, {}, requests, at_once=AT_ONCE)

    async def take(self):
        """Empty the queue, which no worker drains and which refuses when it is full; return the ids in it."""
        queue = f"{self.tag}:sends_queue"
        jobs = await self.redis.xrange(queue)
        await self.redis.delete(queue)
        return [fields[b"verification"].decode() for _, fields in jobs]

    async def grow(self, many, *, real):
        """Request `real` verifications and copy them up to `many`; return the keys that each request created."""
        created = [await self._request_one() for _ in range(real)]
        copies = many - real
        for number, first in enumerate(range(0, copies, _BATCH)):
            last = min(first + _BATCH, copies) - 1
            await self.redis.eval(_COPY, len(created[0]), *created[number % real], first, last)
        return created

    async def _request_one(self):
        before = set(await self.redis.keys(f"{self.tag}:*"))
        await self.call(self.code_requests(1))
        await self.take()
        return sorted(set(await self.redis.keys(f"{self.tag}:*")) - before)


@asynccontextmanager
async def open_bulk_load(engine_url, tag="{bulk}"):
    """Run the service in this process with its default limits until the block ends."""
    settings = make_settings(engine_url, tag, code_lifetime=LIFETIME, countries="NL", log_level="error")
    redis = Redis.from_url(engine_url, socket_timeout=_REDIS_TIMEOUT)
    async with redis, LifespanManager(create_app(settings)) as manager:
        yield BulkLoad(manager.app, redis, settings)
