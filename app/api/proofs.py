"""Redeem, introspect, the public keys."""

from fastapi import APIRouter, Response

from app.api.dependencies import BackendDep, ContainerDep
from app.api.openapi.problem_responses import problem_responses
from app.api.requests import ProofBody
from app.api.responses import JwksResponse, ProofResponse
from app.http.json_route import JsonRoute
from app.services.parts.proof_tokens import public_keys
from app.services.redeem_proof import introspect_proof, redeem_proof

router = APIRouter(tags=["proofs"], route_class=JsonRoute)
_PROBLEMS = problem_responses(
    "unauthorized",
    "forbidden",
    "invalid_request",
    "body_too_large",
    "unsupported_media_type",
    "rate_limited",
    "temporarily_unavailable",
)


@router.post("/v1/proofs/redeem", summary="Redeem a proof", responses=_PROBLEMS)
async def post_redeem(body: ProofBody, caller: BackendDep, container: ContainerDep) -> ProofResponse:
    """Tell whether a proof is valid and new; a second time it is not."""
    claims = await redeem_proof(
        body.proof,
        app=caller.app.name,
        signer=container.signer,
        keyring=container.keyring,
        redemptions=container.redemptions,
    )
    return ProofResponse.of(claims)


@router.post("/v1/proofs/introspect", summary="Look at a proof", responses=_PROBLEMS)
async def post_introspect(body: ProofBody, caller: BackendDep, container: ContainerDep) -> ProofResponse:
    """Tell whether a proof is valid and not redeemed yet; it stays so."""
    claims = await introspect_proof(
        body.proof,
        app=caller.app.name,
        signer=container.signer,
        keyring=container.keyring,
        redemptions=container.redemptions,
    )
    return ProofResponse.of(claims)


@router.head("/.well-known/jwks.json", include_in_schema=False)
@router.get("/.well-known/jwks.json", summary="The public keys of all proofs")
async def get_jwks(response: Response, container: ContainerDep) -> JwksResponse:
    """List the keys of all secrets in rotation; a proof's `kid` names its own."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return JwksResponse(**public_keys(container.keyring))
