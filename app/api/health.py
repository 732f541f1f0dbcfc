"""Tells whether the service is alive, and whether it is ready."""

import time
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from app.api.dependencies import ToolsDep
from app.api.openapi.examples import shown_by
from app.api.openapi.problem_responses import problems_of
from app.services.readiness import ready

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """A word that means yes."""

    model_config = shown_by({"status": "ok"})

    status: Literal["ok"] = "ok"


@router.head("/livez", include_in_schema=False)
@router.get("/livez", summary="Alive?")
async def show_alive() -> Health:
    """Answer as long as the process turns."""
    return Health()


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", summary="Able to serve?", responses=problems_of("temporarily_unavailable"))
async def show_ready(tools: ToolsDep) -> Health:
    """Check that Redis answers, that the clocks agree, and that somebody drains the queue."""
    await ready(tools.health, clock=time.time)
    return Health()
