"""Open Redis clients that follow the primary, or the embedded store that runs the same commands in this process."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from fakeredis import FakeAsyncRedis, FakeServer
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig

from app.settings.redis_url import EMBEDDED, RedisKind, parse_redis_url
from app.store.pipelined_client import PipelinedRedis
from app.store.primary import Primary, lookup_of
from app.store.primary_connection import PrimaryConnection, PrimarySocketConnection, PrimaryTlsConnection
from app.store.replicated_client import WAIT_MS, ReplicatedRedis

BLOCK_MS = 1000
PATIENCE_S = 1.0
_MANY = 1_000_000  # the embedded store's connections are cheap, and its pool raises an error where others block
_ROLE_S = 1.0


@dataclass(frozen=True, slots=True)
class RedisClients:
    """The client of all commands, and those with connections of their own; None for one that is not needed.

    On `waiting` a worker waits for jobs; `replicated` waits for replicas.
    """

    redis: Redis
    waiting: Redis | None = None
    replicated: Redis | None = None


@asynccontextmanager
async def open_clients(
    url: str,
    tag: str,
    *,
    server: FakeServer | None = None,
    wait_replicas: int = 0,
    patience: float = PATIENCE_S,
) -> AsyncIterator[RedisClients]:
    """Open the clients of a URL within the block; `tag` is the hash tag of every key, which a cluster needs.

    A command waits `patience` seconds at most until it is written, and as long for its reply.
    They follow the primary, whose address and role are asked each second: a replica would go on to answer what only
    reads.
    """
    primary = open_primary(url, tag)
    async with AsyncExitStack() as stack:
        redis = open_redis(url, server=server, primary=primary, patience=patience)
        stack.push_async_callback(redis.aclose)
        waiting = open_waiting_redis(url, primary=primary)
        if waiting is None:
            yield RedisClients(redis)
            return
        stack.push_async_callback(waiting.aclose)
        replicated = open_replicated_redis(url, wait_replicas, primary=primary) if wait_replicas else None
        if replicated is not None:
            stack.push_async_callback(replicated.aclose)
        watching = asyncio.create_task(_watch_primary(redis, primary))
        try:
            yield RedisClients(redis, waiting, replicated)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


def open_primary(url: str, tag: str = "{otp}") -> Primary:
    """Return what finds the primary of a URL."""
    return Primary(lookup_of(parse_redis_url(url), tag), clock=time.monotonic)


def open_redis(
    url: str, *, server: FakeServer | None = None, primary: Primary | None = None, patience: float = PATIENCE_S
) -> Redis:
    """Open a client that fails fast: the longest wait ends after twice its patience, which is a second.

    Its commands share one connection; each redis-py pipeline takes one of up to 32. More would be slower:
    opening a connection costs more than waiting for one, and many clients on 256 new ones ran into the timeouts.

    Commands are never retried: redis-py would run a script up to eleven times when replies are lost.
    """
    if url == EMBEDDED:
        return FakeAsyncRedis(server=server or FakeServer(), max_connections=_MANY)
    pool = open_pool(url, primary or open_primary(url), 32, longest=patience)
    client = PipelinedRedis(longest_wait=patience, longest_silence=patience, connection_pool=pool)
    client.auto_close_connection_pool = True  # as from_pool does, which takes no further arguments
    return client


def open_waiting_redis(url: str, *, primary: Primary | None = None) -> Redis | None:
    """Open the connections on which a worker waits for jobs; None for the embedded store, which uses `JobNotifier`."""
    if url == EMBEDDED:
        return None
    return Redis.from_pool(open_pool(url, primary or open_primary(url), 4, longest=BLOCK_MS / 1000 + 2))


def open_replicated_redis(
    url: str, replicas: int, *, primary: Primary | None = None, wait_ms: int = WAIT_MS
) -> ReplicatedRedis:
    """Open a client whose commands wait until so many replicas have them, for `wait_ms` at most."""
    pool = open_pool(url, primary or open_primary(url), 1, longest=1)
    client = ReplicatedRedis(
        replicas=replicas, wait_ms=wait_ms, longest_silence=(wait_ms + WAIT_MS) / 1000, connection_pool=pool
    )
    client.auto_close_connection_pool = True  # as from_pool does, which takes no further arguments
    return client


def open_pool(url: str, primary: Primary, most: int, *, longest: float) -> BlockingConnectionPool:
    """Open a pool of at most `most` connections to the primary; `longest` is the time limit of a reply, in seconds."""
    where = parse_redis_url(url)
    options: dict[str, Any] = dict(where.options)
    if where.kind is RedisKind.SOCKET:
        options |= {"connection_class": PrimarySocketConnection, "path": where.path}
    else:
        options["connection_class"] = PrimaryTlsConnection if where.tls else PrimaryConnection
    return BlockingConnectionPool(
        max_connections=most,
        timeout=1,
        primary=primary,
        socket_timeout=longest,
        socket_connect_timeout=1,
        retry=Retry(NoBackoff(), 0),
        driver_info=None,  # CLIENT SETINFO is more than an ACL needs to allow
        # With them, redis-py treats a connection that Redis has closed as usable.
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
        **options,
    )


async def _watch_primary(redis: Redis, primary: Primary) -> None:
    """Ask each second where the primary is, and whether the open connection still leads to one.

    Sentinels that replace a primary which is alive make it a replica ten seconds later: until then it takes writes that
    are lost.
    """
    while True:
        await asyncio.sleep(_ROLE_S)
        with suppress(Exception):  # whatever a server replies, it must be asked again
            await primary.address()
        epoch = primary.epoch
        with suppress(Exception):
            role = await redis.execute_command("ROLE")  # type: ignore[no-untyped-call]  # redis-py types it half
            if not isinstance(role, list) or role[:1] not in ([b"master"], ["master"]):
                primary.lose(epoch)
