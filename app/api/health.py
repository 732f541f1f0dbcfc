"""Liveness and readiness checks."""

import time
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from app.api.dependencies import ContainerDep
from app.api.openapi.examples import with_examples
from app.api.openapi.problem_responses import problem_responses
from app.services.readiness import check_readiness

router = APIRouter(tags=["health"])


class HealthResponse(BaseModel):
    """The status of a healthy service."""

    model_config = with_examples({"status": "ok"})

    status: Literal["ok"] = "ok"


@router.head("/livez", include_in_schema=False)
@router.get("/livez", summary="Check liveness")
async def get_livez() -> HealthResponse:
    """Return 200 as long as the process runs."""
    return HealthResponse()


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", summary="Check readiness", responses=problem_responses("temporarily_unavailable"))
async def get_readyz(container: ContainerDep) -> HealthResponse:
    """Check that Redis answers, that the clocks agree, and that a worker drains the queue."""
    await check_readiness(container.health, clock=time.time)
    return HealthResponse()
