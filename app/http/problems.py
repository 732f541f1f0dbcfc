"""Each error and its HTTP answer, one line each (RFC 9457)."""

from collections.abc import Iterable, Mapping
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

MEDIA_TYPE = "application/problem+json"
_CLIENT_CLOSED = 499  # nginx's word for a caller that hung up; only the log will see it


class MethodNotAllowed(OtpError):
    """The address is right, the method is not."""

    code = "method_not_allowed"
    title = "This address does not take that method"


class BodyTooLarge(OtpError):
    """The body is larger than its cap."""

    code = "body_too_large"
    title = "The body is too large"


class UnsupportedMediaType(OtpError):
    """The body is not JSON, or does not say so."""

    code = "unsupported_media_type"
    title = "The body is not JSON"


class InternalError(OtpError):
    """A bug; it says nothing else."""

    code = "internal_error"
    title = "Something went wrong on our side"


STATUS_OF: dict[type[OtpError], int] = {
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.InvalidRequest: 422,
    errors.InvalidPhoneNumber: 422,
    errors.DestinationNotAllowed: 403,
    errors.DestinationBlocked: 403,
    errors.HumanCheckRequired: 403,
    errors.HumanCheckFailed: 403,
    errors.IdempotencyKeyReused: 422,
    errors.NoPendingVerification: 404,
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
_TAGS = {("ask",), ("resend",), ("by_id",), ("by_number",)}  # what the unions of bodies.py call their parts
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_BY_STATUS: dict[int, OtpError] = {
    404: errors.NotFound(),
    405: MethodNotAllowed("Look at the Allow header for the methods that it takes."),
}


def problem_document(error: OtpError, request_id: str, *, for_backend: bool = False) -> dict[str, object]:
    """Describe an error: only what the error itself chose to show, and to a backend the limit's name."""
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
    """Make the HTTP answer of an error; `backend` is the app whose secret key was used."""
    headers = error_limit_headers(backend, error) if backend else {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    body = orjson.dumps(problem_document(error, request_id, for_backend=backend is not None))
    return Response(body, STATUS_OF[type(error)], headers, MEDIA_TYPE)


def bug_response(request_id: str) -> Response:
    """Make the answer to a call that met a bug of ours."""
    return problem_response(InternalError("It is noted under this request's id."), request_id)


def install_exception_handlers(app: FastAPI) -> None:
    """Let every error, the framework's own included, be answered as a problem; the guard writes bugs down."""
    app.add_exception_handler(OtpError, error_response)
    app.add_exception_handler(RequestValidationError, _validation_response)
    app.add_exception_handler(HTTPException, _http_response)
    app.add_exception_handler(ClientDisconnect, lambda *_: Response(status_code=_CLIENT_CLOSED))
    app.add_exception_handler(Exception, lambda request, _: bug_response(request.state.request_id))


def error_response(request: Request, error: Any) -> Response:  # noqa: ANN401  Starlette's handlers take any exception
    """Make the HTTP answer of an error of ours to a request."""
    caller = request.state.caller
    backend = caller.app if caller and caller.secret else None
    return problem_response(error, request.state.request_id, backend=backend)


def _validation_response(request: Request, error: Any) -> Response:  # noqa: ANN401  likewise
    mistakes = [{**mistake, "loc": mistake["loc"][1:]} for mistake in error.errors()]  # the first says where it stood
    return problem_response(invalid_request(mistakes), request.state.request_id)


def invalid_request(mistakes: Iterable[Mapping[str, Any]]) -> InvalidRequest:
    """Make the error of what a validator found; the input itself is never repeated."""
    found = [(_pointer(mistake["loc"]), f"{mistake['msg'].removeprefix('Value error, ')}.") for mistake in mistakes]
    return InvalidRequest("The request cannot be read; see `errors`.", found)


def _http_response(request: Request, error: Any) -> Response:  # noqa: ANN401  likewise
    ours = _BY_STATUS.get(error.status_code) or InvalidRequest("The request cannot be read.")
    answer = problem_response(ours, request.state.request_id)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(_allowed_methods(request) or [error.headers["Allow"]])
    return answer


def _allowed_methods(request: Request) -> list[str]:
    """List what an address takes: the framework tells only what the first of its routes does."""
    routes = [route for route in request.app.routes if not isinstance(route, Mount)]
    return [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


def _pointer(place: tuple[str | int, ...]) -> str:
    """Point at a mistake by RFC 6901; the tag of a union is no part of the body."""
    parts = [str(part) for part in (place[1:] if place[:1] in _TAGS else place)]
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)
