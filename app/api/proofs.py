"""Routes of proofs: redeem, introspect, and the public keys."""

from fastapi import APIRouter, Response

from app.api.dependencies import BackendDep, ContainerDep
from app.api.idempotency import IdempotencyKeyDep
from app.api.openapi.problem_responses import problem_responses
from app.api.requests import ProofBody
from app.api.responses import JwksResponse, ProofResponse
from app.domain.request_context import IdempotencyScope
from app.http.json_route import JsonRoute
from app.services.parts.proof_tokens import public_keys

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


@router.post(
    "/v1/proofs/redeem",
    operation_id="redeemProof",
    summary="Redeem a proof",
    response_model_exclude_none=True,
    responses=_PROBLEMS | problem_responses("invalid_request", "idempotency_key_reused"),
)
async def post_redeem(
    body: ProofBody, caller: BackendDep, container: ContainerDep, key: IdempotencyKeyDep
) -> ProofResponse:
    """Return the claims of a valid proof and redeem it; a second redemption returns `active: false`.

    With an Idempotency-Key, a retry within 60 s returns the first response again.
    """
    idempotency = IdempotencyScope(f"{caller.app.name}|redeem|{key}", body.proof) if key else None
    return ProofResponse.of(await container.redeem_proof(body.proof, caller.app, idempotency))


@router.post(
    "/v1/proofs/introspect",
    operation_id="introspectProof",
    summary="Introspect a proof",
    response_model_exclude_none=True,
    responses=_PROBLEMS,
)
async def post_introspect(body: ProofBody, caller: BackendDep, container: ContainerDep) -> ProofResponse:
    """Return the claims of a proof that is valid and not yet redeemed, without redeeming it."""
    return ProofResponse.of(await container.redeem_proof.introspect(body.proof, caller.app))


@router.head("/.well-known/jwks.json", include_in_schema=False)
@router.get("/.well-known/jwks.json", operation_id="getPublicKeys", summary="Get the public keys")
async def get_jwks(response: Response, container: ContainerDep) -> JwksResponse:
    """Return the public keys of all secrets in rotation; a proof's `kid` names its key."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return JwksResponse(**public_keys(container.keyring))
