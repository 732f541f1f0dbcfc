"""As many pending verifications as one likes: some are asked for through the service, the rest are copies of these.

A copy has the same fields and the same end as its original under a name of the same length, so that Redis has as much
to hold and to look through as if people had asked for all of them.
"""

from contextlib import asynccontextmanager
from itertools import count

from asgi_lifespan import LifespanManager
from redis.asyncio import Redis

from app.main import create_app
from tests.bench.calls import request, spend
from tests.bench.clients import codes_of
from tests.support.builders import make_settings

LIFETIME = 600  # seconds; the longest that there is, for the crowd must outlive the measuring
AT_ONCE = 16
_PATIENCE = 60  # seconds that the crowd waits for Redis while it grows; the service waits no longer than ever
_SLICE = 2_000  # copies; Redis is busy with so many for about 20 ms, and then serves others
_NUMBER = 8  # digits of a copy's number, in the place of as many characters of its original's name
_COPY = f"""
for i = ARGV[1], ARGV[2] do
  local number = string.format('%0{_NUMBER}d', i)
  for _, key in ipairs(KEYS) do
    redis.call('COPY', key, string.sub(key, 1, -{_NUMBER + 1}) .. number)
  end
end
"""


def by_ipv4(person):
    """Ask as a browser does, with an account and from an address that nobody else has."""
    address = f"{20 + person // 65536}.{person // 256 % 256}.{person % 256}.7"
    return request("/v1/request-code", _body(person), key="pk_dev", address=address)


def by_ipv6(person):
    """Likewise, from a /48 that nobody else has; it is counted beside the /64."""
    address = f"2001:{0xDB8 + person // 65536:x}:{person % 65536:x}::1"
    return request("/v1/request-code", _body(person), key="pk_dev", address=address)


def by_ipv4_with_key(person):
    """Likewise by IPv4, with an Idempotency-Key, under which the answer is kept."""
    scope, raw = by_ipv4(person)
    return {**scope, "headers": [*scope["headers"], (b"idempotency-key", f"key-{person}".encode())]}, raw


def _body(person):
    return {"phone_number": f"+316{10_000_000 + person * 7:08d}", "subject": f"user-{person}"}


class Crowd:
    """One service in this process, asked by ever new people, and its Redis."""

    def __init__(self, app, redis, settings):
        self.redis, self.tag = redis, settings.redis_tag
        self._app, self._settings = app, settings
        self._people = count()

    def asks(self, many, *, write=by_ipv4):
        """Write the calls of so many people who ask for a code; `write` writes that of one."""
        return [write(next(self._people)) for _ in range(many)]

    async def checks(self, ids):
        """Write the calls by which each comes back with the right code."""
        codes = await codes_of(ids, self.redis, self._settings)
        bodies = [{"verification_id": id, "code": code} for id, code in zip(ids, codes, strict=True)]
        return [request("/v1/verify-code", body, key="sk_dev") for body in bodies]

    async def call(self, requests):
        """Make these calls, of which none may be refused."""
        await spend(self._app, {}, requests, at_once=AT_ONCE)

    async def take(self):
        """Empty the queue, which nobody drains and which refuses when it is full; gives the ids that stood in it."""
        queue = f"{self.tag}:sends_queue"
        jobs = await self.redis.xrange(queue)
        await self.redis.delete(queue)
        return [fields[b"verification"].decode() for _, fields in jobs]

    async def grow(self, many, *, real):
        """Ask for some, and copy these until there are so many; gives the keys that each real one brought."""
        brought = [await self._ask_one() for _ in range(real)]
        copies = many - real
        for number, first in enumerate(range(0, copies, _SLICE)):
            last = min(first + _SLICE, copies) - 1
            await self.redis.eval(_COPY, len(brought[0]), *brought[number % real], first, last)
        return brought

    async def _ask_one(self):
        known = set(await self.redis.keys(f"{self.tag}:*"))
        await self.call(self.asks(1))
        await self.take()
        return sorted(set(await self.redis.keys(f"{self.tag}:*")) - known)


@asynccontextmanager
async def crowd(engine_url, tag="{crowd}"):
    """Start the service in this process, with its usual limits."""
    settings = make_settings(engine_url, tag, code_lifetime=LIFETIME, countries="NL", log_level="error")
    redis = Redis.from_url(engine_url, socket_timeout=_PATIENCE)
    async with redis, LifespanManager(create_app(settings)) as manager:
        yield Crowd(manager.app, redis, settings)
