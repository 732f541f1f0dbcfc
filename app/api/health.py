"""Liveness and readiness checks."""

import time
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import ConfigDict, Field

from app.api.dependencies import ContainerDep
from app.api.openapi.examples import with_examples
from app.api.openapi.problem_responses import problem_responses
from app.api.responses import ResponseBody
from app.services.readiness import check_readiness

router = APIRouter(tags=["health"])


class HealthResponse(ResponseBody):
    """The status of a healthy service."""

    model_config = with_examples({"status": "ok"})

    status: Literal["ok"] = "ok"


class DegradationResponse(ResponseBody):
    """What works in part; its name never changes."""

    model_config = ConfigDict(from_attributes=True)

    name: Literal["route_resting"]
    detail: str


class ReadinessResponse(HealthResponse):
    """The status of a service that can serve requests."""

    model_config = with_examples({"status": "ok", "degraded": []})

    degraded: list[DegradationResponse] = Field(description="Empty if everything works.")


@router.head("/livez", include_in_schema=False)
@router.get("/livez", operation_id="checkLiveness", summary="Check liveness")
async def get_livez() -> HealthResponse:
    """Return 200 as long as the process runs."""
    return HealthResponse()


@router.head("/readyz", include_in_schema=False)
@router.get(
    "/readyz",
    operation_id="checkReadiness",
    summary="Check readiness",
    responses=problem_responses("temporarily_unavailable"),
)
async def get_readyz(request: Request, container: ContainerDep) -> ReadinessResponse:
    """Check that Redis takes a write, that the clocks agree, and that a worker drains the queue.

    With `otp serve --processes`, also that all processes came up and that the last reload succeeded. A failure is 503,
    with each one in `failures`. A route whose gateways all rest is `degraded`: its SMS wait.
    """
    readiness = await check_readiness(
        container.health,
        container.deliver_message.routes,
        clock=time.time,
        processes=request.app.state.process_failures(),
    )
    degraded = [DegradationResponse.model_validate(one) for one in readiness.degraded]
    return ReadinessResponse(degraded=degraded)
