"""Redeem a proof once, or introspect it without redeeming it."""

from typing import Any

from app.domain.keyring import Keyring
from app.services.parts.proof_tokens import ProofSigner, read_proof
from app.store.redemptions import Redemptions


async def redeem_proof(
    proof: str, *, app: str, signer: ProofSigner, keyring: Keyring, redemptions: Redemptions
) -> dict[str, Any] | None:
    """Return the claims of a valid proof the first time that it is redeemed; None after that."""
    claims = read_proof(proof, app=app, signer=signer, keyring=keyring)
    if claims is None or not await redemptions.redeem(claims["jti"], expires_at=claims["exp"]):
        return None
    return claims


async def introspect_proof(
    proof: str, *, app: str, signer: ProofSigner, keyring: Keyring, redemptions: Redemptions
) -> dict[str, Any] | None:
    """Return the claims of a valid proof that was not redeemed yet, without redeeming it; None for all others."""
    claims = read_proof(proof, app=app, signer=signer, keyring=keyring)
    if claims is None or await redemptions.is_redeemed(claims["jti"]):
        return None
    return claims
