"""Open a Redis client, or the embedded store that runs the same commands in this process."""

from fakeredis import FakeAsyncRedis, FakeServer
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig

from app.settings.parsers import EMBEDDED
from app.store.pipelined_client import PipelinedRedis

BLOCK_MS = 1000
_MANY = 1_000_000  # the embedded store's connections are cheap, and its pool raises an error where others block


def open_redis(url: str, *, server: FakeServer | None = None) -> Redis:
    """Open a client that fails fast: the longest wait ends after 2 s.

    Its commands share one connection; each redis-py pipeline takes one of up to 32. More would be slower:
    opening a connection costs more than waiting for one, and many clients on 256 new ones ran into the timeouts.

    Commands are never retried: redis-py would run a script up to eleven times when replies are lost.
    """
    if url == EMBEDDED:
        return FakeAsyncRedis(server=server or FakeServer(), max_connections=_MANY)
    return PipelinedRedis.from_pool(_open_pool(url, 32, longest=1))


def open_waiting_redis(url: str) -> Redis | None:
    """Open the connections on which a worker waits for jobs; None for the embedded store, which uses `JobNotifier`."""
    if url == EMBEDDED:
        return None
    return Redis.from_pool(_open_pool(url, 4, longest=BLOCK_MS / 1000 + 2))


def _open_pool(url: str, most: int, *, longest: float) -> BlockingConnectionPool:
    return BlockingConnectionPool.from_url(
        url,
        max_connections=most,
        timeout=1,
        socket_timeout=longest,
        socket_connect_timeout=1,
        retry=Retry(NoBackoff(), 0),
        # With them, redis-py treats a connection that Redis has closed as usable.
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
