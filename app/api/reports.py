"""Routes that receive delivery reports: verified, parsed, queued, and acknowledged at once."""

from typing import Any

from fastapi import APIRouter, Request, Response

from app.api.dependencies import ContainerDep
from app.api.openapi.problem_responses import problem_responses
from app.container import Container
from app.domain.errors import NotFound
from app.domain.message import Callback

router = APIRouter(tags=["reports"])
_SIGNED, _UNSIGNED = "Receive a signed report", "Receive a report"
_RESPONSES = problem_responses(
    "bad_report",
    "forbidden",
    "not_found",
    "invalid_request",
    "body_too_large",
    "rate_limited",
    "temporarily_unavailable",
) | {200: {"content": {"text/plain": {"schema": {"type": "string"}, "example": "OK"}}}}


_DOCUMENTED: dict[str, Any] = {"response_class": Response, "responses": _RESPONSES}


@router.get("/v1/reports/{gateway}", operation_id="receiveSignedReportByGet", summary=_SIGNED, **_DOCUMENTED)
@router.post("/v1/reports/{gateway}", operation_id="receiveSignedReport", summary=_SIGNED, **_DOCUMENTED)
async def receive_signed_report(request: Request, gateway: str, container: ContainerDep) -> Response:
    """Receive a delivery report that the gateway signs, in the gateway's own format."""
    return await _receive(request, gateway, container, token="")


@router.get("/v1/reports/{gateway}/{token}", operation_id="receiveReportByGet", summary=_UNSIGNED, **_DOCUMENTED)
@router.post("/v1/reports/{gateway}/{token}", operation_id="receiveReport", summary=_UNSIGNED, **_DOCUMENTED)
async def receive_token_report(request: Request, gateway: str, token: str, container: ContainerDep) -> Response:
    """Receive a delivery report that the secret token in the path authenticates."""
    return await _receive(request, gateway, container, token=token)


async def _receive(request: Request, name: str, container: Container, *, token: str) -> Response:
    gateway = container.gateways.get(name)
    if gateway is None:
        raise NotFound
    callback = Callback(
        method=request.method,
        headers=request.headers,
        query=dict(request.query_params),
        token=token,
        url=_public_url(request, container),
    )
    await container.receive_report(callback, request.body, gateway)
    return Response(gateway.acknowledgement, media_type="text/plain")


def _public_url(request: Request, container: Container) -> str:
    """Return the URL that the vendor called: a proxy changes the host, and vendors sign the public URL."""
    path, query = request.scope["raw_path"].decode("latin-1"), request.scope["query_string"].decode("latin-1")
    return f"{container.public_url}{path}{'?' if query else ''}{query}"
