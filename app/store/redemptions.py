"""Store which proofs were redeemed, until they expire."""

from app.domain.errors import IdempotencyKeyReused
from app.domain.request_context import IdempotencyScope
from app.store.context import StoreContext
from app.store.scripts import Facts, redis_errors

REMEMBER_MS = 60_000
_MARGIN = (
    60  # seconds; where this machine's clock is behind Redis', a proof is still valid when its key would have expired
)


class Redemptions:
    """One key per proof, so that it is redeemed once."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store
        self._redeem = store.script("redeem_proof", replicated=True)

    async def redeem(
        self, jti: str, *, expires_at: int, idempotency: IdempotencyScope | None = None, is_expired: bool = False
    ) -> bool:
        """Redeem a proof that expires at `expires_at` (seconds since 1970); return True the first time only.

        A call that repeats an Idempotency-Key within 60 s gets the first result, for a proof that has expired since,
        too. Raises `IdempotencyKeyReused` where the key was used for another proof.
        """
        keys = [self._store.key("redeemed", jti), self._store.idempotency_key(idempotency)]
        facts: Facts = {
            "keep_until": expires_at + _MARGIN,
            "expired": "1" if is_expired else "",
            "body": self._store.body_name(idempotency),
            "remember": REMEMBER_MS,
        }
        match await self._redeem(keys, facts):
            case [b"reused"]:
                raise IdempotencyKeyReused
            case [*_, answer]:
                return bool(answer == b"redeemed")
            case _:
                raise AssertionError("redeem_proof always answers")

    async def is_redeemed(self, jti: str) -> bool:
        """Return whether a proof was redeemed."""
        with redis_errors():
            return bool(await self._store.redis.exists(self._store.key("redeemed", jti)))
