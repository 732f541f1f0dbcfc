"""Looks at a call's key, and at what its body says to be, before the body itself."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app.api.deps import caller_of, get_backend, get_caller
from app.api.sizes import require_json


class KeyedRoute(APIRoute):
    """A route that, where it asks who calls, knows so before it reads a body.

    FastAPI reads the body first, and would tell a stranger what is wrong with it.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Put the look at the key in front of FastAPI's own handler."""
        answer = super().get_route_handler()
        asks, needs_secret_key = _asks_for(self.dependant, get_caller), _asks_for(self.dependant, get_backend)
        takes_body = self.body_field is not None

        async def answer_caller(request: Request) -> Response:
            caller = caller_of(request)
            if needs_secret_key:
                caller.needs_secret_key()
            if takes_body:
                require_json(request.headers)
            return await answer(request)

        return answer_caller if asks else answer


def _asks_for(dependant: Dependant, call: Callable[..., Any]) -> bool:
    """Tell whether a route depends on something, at any depth."""
    return dependant.call is call or any(_asks_for(inner, call) for inner in dependant.dependencies)
