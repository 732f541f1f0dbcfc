"""FastAPI dependencies of the routes: the caller and the container.

Each is `async` and needs only the request, so that `JsonRoute` can call it too; any further parameter only documents a
header. FastAPI calls a plain function in a thread, and a request with five of them took twice as long.
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
"""Documents the key in OpenAPI; the middleware has already read it."""


async def get_container(request: Request) -> Container:
    """Return the container that the application opened at startup."""
    container: Container = request.scope["state"]["container"]
    return container


ContainerDep = Annotated[Container, Depends(get_container)]


async def get_caller(request: Request, _: BearerHeader = None) -> Caller:
    """Return the caller that the middleware found by its key; raises `Unauthorized` without one."""
    caller: Caller | None = request.scope["state"]["caller"]
    if caller is None:
        raise Unauthorized
    return caller


async def get_backend(request: Request, _: BearerHeader = None) -> Caller:
    """Return the caller if it has a secret key; raises `Unauthorized` or `Forbidden`."""
    caller = await get_caller(request)
    caller.require_secret_key()
    return caller


BackendDep = Annotated[Caller, Depends(get_backend)]
