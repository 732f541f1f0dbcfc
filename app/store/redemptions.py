"""Remembers which proofs were redeemed, until they expire."""

from redis.asyncio import Redis

from app.store.keyspace import Keyspace
from app.store.scripts import redis_errors

_MARGIN = 60  # seconds; where our clock is behind Redis', a proof still reads valid that Redis would have forgotten


class Redemptions:
    """One key a proof; setting it is the act, so that it happens once."""

    def __init__(self, redis: Redis, keys: Keyspace) -> None:
        self._redis = redis
        self._key = keys.of

    async def redeem(self, jti: str, *, expires_at: int) -> bool:
        """Redeem a proof that lives until then (seconds since 1970); True the first time only."""
        with redis_errors():
            return bool(await self._redis.set(self._key("redeemed", jti), 1, nx=True, exat=expires_at + _MARGIN))

    async def is_redeemed(self, jti: str) -> bool:
        """Tell whether a proof was redeemed."""
        with redis_errors():
            return bool(await self._redis.exists(self._key("redeemed", jti)))
