"""Tells whether the service is alive, and whether it is ready."""

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
    """A word that means yes."""

    model_config = with_examples({"status": "ok"})

    status: Literal["ok"] = "ok"


@router.head("/livez", include_in_schema=False)
@router.get("/livez", summary="Alive?")
async def get_livez() -> HealthResponse:
    """Answer as long as the process turns."""
    return HealthResponse()


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", summary="Able to serve?", responses=problem_responses("temporarily_unavailable"))
async def get_readyz(container: ContainerDep) -> HealthResponse:
    """Check that Redis answers, that the clocks agree, and that somebody drains the queue."""
    await check_readiness(container.health, clock=time.time)
    return HealthResponse()
