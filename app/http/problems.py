"""Problem documents (RFC 9457): the HTTP status of each error, and the handlers that render it."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match, Mount

from app.domain import errors
from app.domain.app import App
from app.domain.errors import InvalidRequest, OtpError, RateLimited, Unauthorized
from app.http.rate_limit_headers import error_limit_headers
from app.logs import note

MEDIA_TYPE = "application/problem+json"
_MAX_BYTES = 4096
CLIENT_CLOSED = 499  # nginx's status for a client that disconnected; appears only in the log


class MethodNotAllowed(OtpError):
    """The path exists, but not for this method."""

    code = "method_not_allowed"
    title = "This path does not support that method"


class BodyTooLarge(OtpError):
    """The body is larger than its cap."""

    code = "body_too_large"
    title = "The body is too large"


class UnsupportedMediaType(OtpError):
    """The body is not JSON, or not declared as JSON."""

    code = "unsupported_media_type"
    title = "The body is not JSON"


class InternalError(OtpError):
    """An unexpected exception; shows no details."""

    code = "internal_error"
    title = "Something went wrong on our side"
    default_detail = "The error is logged under this request's id."


STATUS_OF: dict[type[OtpError], int] = {
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.InvalidRequest: 422,
    errors.InvalidPhoneNumber: 422,
    errors.DestinationNotAllowed: 403,
    errors.DestinationBlocked: 403,
    errors.OptedOut: 403,
    errors.HumanCheckRequired: 403,
    errors.HumanCheckFailed: 403,
    errors.IdempotencyKeyReused: 422,
    errors.NoPendingVerification: 404,
    errors.NoSuchMessage: 404,
    errors.IncorrectCode: 400,
    errors.TooManyAttempts: 429,
    errors.RateLimited: 429,
    errors.BadReport: 401,
    errors.NotFound: 404,
    errors.TemporarilyUnavailable: 503,
    MethodNotAllowed: 405,
    BodyTooLarge: 413,
    UnsupportedMediaType: 415,
    InternalError: 500,
}
_TAGS = {("ask",), ("resend",), ("by_id",), ("by_number",)}  # the tags of the unions in app/api/requests.py
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_BY_STATUS: dict[int, OtpError] = {
    404: errors.NotFound(),
    405: MethodNotAllowed("See the Allow header for the supported methods."),
}


def problem_document(error: OtpError, request_id: str, *, for_backend: bool = False) -> dict[str, object]:
    """Return the problem document of an error: its public fields and, for a backend, the limit's name."""
    body = {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": STATUS_OF[type(error)],
        "detail": str(error),
        "instance": request_id,
        "code": error.code,
        **error.public(),
    }
    if for_backend and isinstance(error, RateLimited):
        body["limit"] = error.limit
    return body


def problem_response(error: OtpError, request_id: str, *, backend: App | None = None) -> Response:
    """Return the HTTP response of an error, and note its code for the log; `backend` is the app of a secret key."""
    note(code=error.code, limit=error.limit if isinstance(error, RateLimited) else "")
    headers = error_limit_headers(backend, error) if backend else {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    document = problem_document(error, request_id, for_backend=backend is not None)
    body = orjson.dumps(document)
    while len(body) > _MAX_BYTES and isinstance(error, InvalidRequest) and len(error.errors) > 1:
        error.errors.pop()  # names in it are the caller's, of up to 800 bytes each
        body = orjson.dumps(document)
    return Response(body, STATUS_OF[type(error)], headers, MEDIA_TYPE)


def install_exception_handlers(app: FastAPI) -> None:
    """Render every error, the framework's included, as a problem; the middleware answers and logs unexpected ones."""
    app.add_exception_handler(OtpError, error_response)
    app.add_exception_handler(RequestValidationError, _validation_response)
    app.add_exception_handler(HTTPException, _http_response)
    app.add_exception_handler(ClientDisconnect, lambda *_: Response(status_code=CLIENT_CLOSED))


def error_response(request: Request, error: Any) -> Response:  # noqa: ANN401  Starlette's handlers take any exception
    """Return the HTTP response of an `OtpError` that a request raised."""
    caller = request.state.caller
    backend = caller.app if caller and caller.secret else None
    return problem_response(error, request.state.request_id, backend=backend)


def _validation_response(request: Request, error: Any) -> Response:  # noqa: ANN401  Starlette's signature
    # The first part of `loc` is the source: path, query or header. `JsonRoute` reads all bodies.
    return problem_response(invalid_request(error.errors(), _place_outside_body), request.state.request_id)


def invalid_request(
    failures: Iterable[Mapping[str, Any]], place_of: Callable[[tuple[str | int, ...]], str] | None = None
) -> InvalidRequest:
    """Return the error for pydantic's validation errors; the input itself is never shown."""
    place_of = place_of or _pointer
    errors = [(place_of(failure["loc"]), f"{failure['msg'].removeprefix('Value error, ')}.") for failure in failures]
    return InvalidRequest("The request cannot be read; see `errors`.", errors)


def _place_outside_body(location: tuple[str | int, ...]) -> str:
    """Return the place of a mistake in a path, a query or a header: `header:Otp-Country`."""
    return f"{location[0]}:{location[-1]}"


def _http_response(request: Request, error: Any) -> Response:  # noqa: ANN401  Starlette's signature
    problem = _BY_STATUS.get(error.status_code) or InvalidRequest("The request cannot be read.")
    render = facade.error_response if (facade := request.scope["state"]["facade"]) else problem_response
    response: Response = render(problem, request.state.request_id)  # a facade's is for the bare prefix
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = ", ".join(_allowed_methods(request) or [error.headers["Allow"]])
    return response


def _allowed_methods(request: Request) -> list[str]:
    """List the methods of a path over all its routes: Starlette reports only those of the first.

    Of two paths that match, as `/v1/verifications/search` and `/v1/verifications/{id}`, the first counts.
    """
    routes = [route for route in request.app.routes if not isinstance(route, Mount)]
    matching = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    routes = [route for route in matching if getattr(route, "path", "") == getattr(matching[0], "path", "")]
    return [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


def _pointer(location: tuple[str | int, ...]) -> str:
    """Return the JSON Pointer (RFC 6901) of a validation error; a union's tag is not part of the body."""
    parts = [str(part) for part in (location[1:] if location[:1] in _TAGS else location)]
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)
