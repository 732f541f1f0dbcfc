"""What a route may ask for: the caller, the tools.

All are `async`, though none waits: a plain function FastAPI would call in a thread, and a request with five of them
took twice as long.
"""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.domain.caller import Caller
from app.domain.errors import Unauthorized
from app.wiring import Tools

_bearer = HTTPBearer(
    auto_error=False, description="A secret key (`sk_…`), or a publishable one (`pk_…`) where allowed."
)


async def get_tools(request: Request) -> Tools:
    """Give the tools that the application opened at its start."""
    tools: Tools = request.state.tools
    return tools


ToolsDep = Annotated[Tools, Depends(get_tools)]


def caller_of(request: Request) -> Caller:
    """Give the caller whom the edge found by the key; raises `Unauthorized`."""
    caller: Caller | None = request.state.caller
    if caller is None:
        raise Unauthorized
    return caller


async def get_caller(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Caller:
    """Tell who calls; the scheme stands here for the reference, and the key was read before."""
    return caller_of(request)


CallerDep = Annotated[Caller, Depends(get_caller)]


async def get_backend(caller: CallerDep) -> Caller:
    """Let only a secret key pass."""
    caller.needs_secret_key()
    return caller


BackendDep = Annotated[Caller, Depends(get_backend)]
