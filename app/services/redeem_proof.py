"""Redeem a proof once, or introspect it without redeeming it."""

from dataclasses import dataclass
from typing import Any

from app.domain.app import App
from app.services.parts.proof_tokens import ProofSigner
from app.store.redemptions import Redemptions


@dataclass(frozen=True, slots=True)
class RedeemProof:
    """Redeems the proofs of an app."""

    signer: ProofSigner
    redemptions: Redemptions

    async def __call__(self, proof: str, app: App) -> dict[str, Any] | None:
        """Return the claims of a valid proof the first time that it is redeemed; None after that."""
        claims = self.signer.read(proof, app=app.name)
        if claims is None or not await self.redemptions.redeem(claims["jti"], expires_at=claims["exp"]):
            return None
        return claims

    async def introspect(self, proof: str, app: App) -> dict[str, Any] | None:
        """Return the claims of a valid proof that was not redeemed yet, without redeeming it; None for all others."""
        claims = self.signer.read(proof, app=app.name)
        if claims is None or await self.redemptions.is_redeemed(claims["jti"]):
            return None
        return claims
