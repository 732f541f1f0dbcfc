"""A facade: another vendor's API below a path prefix, with its own credentials and its own form of errors."""

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router

from app.domain.api_key import Caller
from app.domain.errors import NotFound, OtpError
from app.http.problems import CLIENT_CLOSED, InternalError, MethodNotAllowed


@dataclass(frozen=True, slots=True)
class Facade:
    """What the middleware and the app need of a facade; no path below `prefix` ever answers a problem document."""

    prefix: str  # with a slash at its end
    find_caller: Callable[[Headers], Caller | None]
    error_response: Callable[[OtpError, str], Response]  # of an error, and the id of the request
    mount: Mount
    response_headers: Callable[[Headers], Mapping[str, str]] = lambda _: {}  # of every response to these headers
    others: Sequence[BaseRoute] = ()  # routes outside of the prefix
    counts_refusals_only: bool = False
    """Whether only the body shows who calls: then only calls that are not authentic are counted, as bad reports."""


def mount_routes(prefix: str, routes: Sequence[Route], handlers: Mapping[Any, Callable[..., Response]]) -> Mount:
    """Mount the routes of a facade below a prefix without a slash at its end; `handlers` render its errors."""
    all_handlers = {**handlers, ClientDisconnect: lambda *_: Response(status_code=CLIENT_CLOSED)}
    mount = Mount(
        prefix,
        Router(routes, redirect_slashes=False),
        middleware=[Middleware(ExceptionMiddleware, handlers=all_handlers)],
    )
    for route in routes:
        route.path = prefix + route.path  # for logs and metrics; the route matches by a pattern that it has compiled
    return mount


def authorization(headers: Headers) -> tuple[str, str]:
    """Return the scheme, in lower case, and the credentials of exactly one `Authorization`; else two empty texts."""
    values = headers.getlist("authorization")
    scheme, _, credentials = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    return scheme.lower(), credentials.strip(" ")


def basic_credentials(headers: Headers) -> tuple[str, str] | None:
    """Return user name and password of exactly one `Authorization: Basic …` (RFC 7617), or None."""
    scheme, encoded = authorization(headers)
    if scheme != "basic":
        return None
    try:
        user, colon, password = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:  # neither base64 nor UTF-8
        return None
    return (user, password) if colon else None


def respond_to(error: Exception, respond: Callable[[OtpError], Response]) -> Response:
    """Return the response of an error that a route or the router raised; a bug is an `InternalError`."""
    if not isinstance(error, HTTPException):
        return respond(error if isinstance(error, OtpError) else InternalError())
    is_method = error.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    response = respond(MethodNotAllowed() if is_method else NotFound())
    if is_method and error.headers:
        response.headers["Allow"] = ", ".join(sorted(error.headers["Allow"].split(", ")))
    return response
