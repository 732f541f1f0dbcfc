"""Redeem, introspect, the public keys."""

from fastapi import APIRouter, Response

from app.api.dependencies import BackendDep, ToolsDep
from app.api.openapi.problem_responses import problems_of
from app.api.requests import ShowProof
from app.api.responses import KeysBody, ProofBody
from app.http.json_route import JsonRoute
from app.services.parts.proof_tokens import public_keys
from app.services.redeem_proof import introspect, redeem

router = APIRouter(tags=["proofs"], route_class=JsonRoute)
_PROBLEMS = problems_of(
    "unauthorized",
    "forbidden",
    "invalid_request",
    "body_too_large",
    "unsupported_media_type",
    "rate_limited",
    "temporarily_unavailable",
)


@router.post("/v1/proofs/redeem", summary="Redeem a proof", responses=_PROBLEMS)
async def redeem_proof(body: ShowProof, caller: BackendDep, tools: ToolsDep) -> ProofBody:
    """Tell whether a proof is valid and new; a second time it is not."""
    claims = await redeem(
        body.proof, app=caller.app.name, signer=tools.signer, keyring=tools.keyring, redemptions=tools.redemptions
    )
    return ProofBody.of(claims)


@router.post("/v1/proofs/introspect", summary="Look at a proof", responses=_PROBLEMS)
async def introspect_proof(body: ShowProof, caller: BackendDep, tools: ToolsDep) -> ProofBody:
    """Tell whether a proof is valid and not redeemed yet; it stays so."""
    claims = await introspect(
        body.proof, app=caller.app.name, signer=tools.signer, keyring=tools.keyring, redemptions=tools.redemptions
    )
    return ProofBody.of(claims)


@router.head("/.well-known/jwks.json", include_in_schema=False)
@router.get("/.well-known/jwks.json", summary="The public keys of all proofs")
async def show_keys(response: Response, tools: ToolsDep) -> KeysBody:
    """List the keys of all secrets in rotation; a proof's `kid` names its own."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return KeysBody(**public_keys(tools.keyring))
