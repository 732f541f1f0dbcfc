"""A facade: another vendor's API below a path prefix, with its own credentials and its own form of errors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount

from app.domain.api_key import Caller
from app.domain.errors import NotFound, OtpError
from app.http.problems import InternalError, MethodNotAllowed


@dataclass(frozen=True, slots=True)
class Facade:
    """What the middleware and the app need of a facade; no path below `prefix` ever answers a problem document."""

    prefix: str  # with a slash at its end
    find_caller: Callable[[Headers], Caller | None]
    error_response: Callable[[OtpError, str], Response]  # of an error, and the id of the request
    mount: Mount
    response_headers: Callable[[Headers], Mapping[str, str]] = lambda _: {}  # of every response to these headers
    others: Sequence[BaseRoute] = ()  # routes outside of the prefix


def respond_to(error: Exception, respond: Callable[[OtpError], Response]) -> Response:
    """Return the response of an error that a route or the router raised; a bug is an `InternalError`."""
    if not isinstance(error, HTTPException):
        return respond(error if isinstance(error, OtpError) else InternalError())
    is_method = error.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    response = respond(MethodNotAllowed() if is_method else NotFound())
    if is_method and error.headers:
        response.headers["Allow"] = ", ".join(sorted(error.headers["Allow"].split(", ")))
    return response
