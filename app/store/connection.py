"""Opens Redis, or the embedded store that speaks the same protocol in this process."""

from fakeredis import FakeAsyncRedis, FakeServer
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from app.settings.readers import EMBEDDED
from app.store.pipe import PipedRedis

BLOCK_MS = 1000
_MANY = 1_000_000  # the embedded store's connections are cheap, and its pool refuses where others wait


def open_redis(url: str, *, server: FakeServer | None = None) -> Redis:
    """Open a client that fails fast: the longest wait ends after 2 s.

    Its commands share one connection; what redis-py calls a pipeline has one for itself, of up to 32. More would be
    slower: to open one costs more than to wait for one, and a crowd on 256 new ones ran into the time limits.

    Nothing is repeated: redis-py would run a script up to eleven times when replies are lost.
    """
    if url == EMBEDDED:
        return FakeAsyncRedis(server=server or FakeServer(), max_connections=_MANY)
    pool = BlockingConnectionPool.from_url(
        url, max_connections=32, timeout=1, socket_timeout=1, socket_connect_timeout=1, retry=_never()
    )
    return PipedRedis.from_pool(pool)


def open_waiting_redis(url: str) -> Redis | None:
    """Open the connections on which a worker waits for jobs; none for the embedded store, which rings a bell."""
    if url == EMBEDDED:
        return None
    longest = BLOCK_MS / 1000 + 2
    pool = BlockingConnectionPool.from_url(
        url, max_connections=4, timeout=1, socket_timeout=longest, socket_connect_timeout=1, retry=_never()
    )
    return Redis.from_pool(pool)


def _never() -> Retry:
    return Retry(NoBackoff(), 0)
