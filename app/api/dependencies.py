"""What a route may ask for: the caller, the tools.

Each is `async` and needs the request alone, so that `JsonRoute` may call it too; a further parameter only documents a
header. A plain function FastAPI would call in a thread, and a request with five of them took twice as long.
"""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.container import Container
from app.domain.api_key import Caller
from app.domain.errors import Unauthorized

_BEARER = HTTPBearer(
    auto_error=False, description="A secret key (`sk_…`), or a publishable one (`pk_…`) where allowed."
)
BearerHeader = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
"""Documents the key in OpenAPI; the middleware has read it before."""


async def get_container(request: Request) -> Container:
    """Return the tools that the application opened at its start."""
    container: Container = request.scope["state"]["container"]
    return container


ContainerDep = Annotated[Container, Depends(get_container)]


async def get_caller(request: Request, _: BearerHeader = None) -> Caller:
    """Return the caller that the middleware found by the key; raises `Unauthorized`."""
    caller: Caller | None = request.scope["state"]["caller"]
    if caller is None:
        raise Unauthorized
    return caller


async def get_backend(request: Request, _: BearerHeader = None) -> Caller:
    """Return the caller if it has a secret key; raises `Unauthorized` or `Forbidden`."""
    caller = await get_caller(request)
    caller.needs_secret_key()
    return caller


BackendDep = Annotated[Caller, Depends(get_backend)]
