"""Store which proofs were redeemed, until they expire."""

from app.store.context import StoreContext
from app.store.scripts import redis_errors

_MARGIN = (
    60  # seconds; where this machine's clock is behind Redis', a proof is still valid when its key would have expired
)


class Redemptions:
    """One key per proof; SET NX redeems it, so that it happens once."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store

    async def redeem(self, jti: str, *, expires_at: int) -> bool:
        """Redeem a proof that expires at `expires_at` (seconds since 1970); return True the first time only."""
        with redis_errors():
            return bool(
                await self._store.redis.set(self._store.key("redeemed", jti), 1, nx=True, exat=expires_at + _MARGIN)
            )

    async def is_redeemed(self, jti: str) -> bool:
        """Return whether a proof was redeemed."""
        with redis_errors():
            return bool(await self._store.redis.exists(self._store.key("redeemed", jti)))
