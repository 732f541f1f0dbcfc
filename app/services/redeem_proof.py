"""Redeem a proof once, or introspect it without redeeming it."""

from dataclasses import dataclass
from typing import Any

from app.domain.app import App
from app.domain.request_context import IdempotencyScope
from app.services.parts.proof_tokens import ProofSigner
from app.store.redemptions import REMEMBER_MS, Redemptions


@dataclass(frozen=True, slots=True)
class RedeemProof:
    """Redeems the proofs of an app."""

    signer: ProofSigner
    redemptions: Redemptions

    async def __call__(
        self, proof: str, app: App, idempotency: IdempotencyScope | None = None
    ) -> dict[str, Any] | None:
        """Return the claims of a valid proof the first time that it is redeemed; None after that.

        A call that repeats an Idempotency-Key within 60 s gets the first answer, also for a proof that has expired.
        Raises `IdempotencyKeyReused` for a key that was used for another proof.
        """
        claims, is_expired = self.signer.read(proof, app=app.name), False
        if claims is None and idempotency is not None:
            claims, is_expired = self.signer.read(proof, app=app.name, leeway=REMEMBER_MS // 1000), True
        if claims is None:
            return None
        is_first = await self.redemptions.redeem(
            claims["jti"], expires_at=claims["exp"], idempotency=idempotency, is_expired=is_expired
        )
        return claims if is_first else None

    async def introspect(self, proof: str, app: App) -> dict[str, Any] | None:
        """Return the claims of a valid proof that was not redeemed yet, without redeeming it; None for all others."""
        claims = self.signer.read(proof, app=app.name)
        if claims is None or await self.redemptions.is_redeemed(claims["jti"]):
            return None
        return claims
