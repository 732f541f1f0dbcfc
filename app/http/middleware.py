"""The outermost middleware: sets the request id, admits or refuses the request, writes the access log.

Pure ASGI, because Starlette's BaseHTTPMiddleware costs more than a whole request here. In order: admission
(host, preflight, address, key, limits), the Content-Length, then the routes.
"""

import os
import time
from collections.abc import Callable, Mapping
from http import HTTPMethod, HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import OtpError
from app.domain.traceparent import read_traceparent
from app.http.admission import STATIC_PREFIXES, RequestAdmission
from app.http.body_limits import BoundedBody
from app.http.indexed_headers import IndexedHeaders
from app.http.problems import InternalError, problem_response
from app.logs import LogContext, log
from app.metrics.table import HTTP_REQUESTS, HTTP_SECONDS, LIMIT_HITS
from app.services.parts.code_generation import new_id

DENY_ALL_POLICY = b"default-src 'none'; frame-ancestors 'none'"
_ONE_YEAR = 365 * 86400
_METHODS = frozenset(HTTPMethod.__members__)


HeaderList = list[tuple[bytes, bytes]]
"""Headers as ASGI name-value pairs."""


class RequestMiddleware:
    """Admits or refuses each request, and answers 500 when the app raises."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        admission: RequestAdmission,
        https: bool = False,
        body_seconds: float = 10,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`https` adds Strict-Transport-Security (one year); `body_seconds` is the time limit for a whole body."""
        self.app = app
        self._admission = admission
        self.body_seconds = body_seconds
        self._clock = clock
        self._common_headers = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"content-security-policy", DENY_ALL_POLICY),
        ]
        if https:
            self._common_headers.append((b"strict-transport-security", b"max-age=%d" % _ONE_YEAR))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; an unexpected exception becomes a problem document and a log line, never a traceback."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, headers, request_id = self._clock(), IndexedHeaders(scope), new_id("rq", os.urandom)
        traceparent = read_traceparent(headers.get("traceparent", ""))
        facade = self._admission.facade_of(scope["path"])
        request_state: dict[str, object] = {
            "headers": headers,
            "request_id": request_id,
            "traceparent": traceparent,
            "address": None,
            "caller": None,
            "facade": facade,
        }
        # A new dict, because some servers share one between all requests.
        response_headers = dict(facade.response_headers(headers)) if facade else {}
        scope["state"] = {**scope.get("state", {}), **request_state, "response_headers": response_headers}
        body = BoundedBody(scope, headers, receive, seconds=self.body_seconds)
        common_headers = [(b"x-request-id", request_id.encode()), *self._common_headers]
        send_response = _ResponseHeaders(send, scope, headers, self._admission, body, common_headers)
        with LogContext(request_id=request_id, **({"traceparent": traceparent} if traceparent else {})) as context:
            try:
                early_response = self._respond_early(scope, headers, body)
                if early_response is not None:
                    await early_response(scope, receive, send_response)
                else:
                    await self.app(scope, body, send_response)
            except Exception:  # noqa: BLE001  last resort: the caller gets a response
                log.exception("bug")
                if send_response.status == 0:
                    bug = _error_response(scope, InternalError())
                    await bug(scope, receive, send_response)
            finally:
                self._admission.count_refused_report(scope, send_response.status)
                _record_request(scope, send_response.status, context.facts, seconds=self._clock() - started)

    def _respond_early(self, scope: Scope, headers: Headers, body: BoundedBody) -> Response | None:
        """Return the response to a preflight or a refused request; None for the routes to answer."""
        try:
            preflight_response = self._admission.admit(scope, headers)
            body.refuse_if_large()
        except OtpError as refusal:
            return _error_response(scope, refusal)
        return preflight_response


def _error_response(scope: Scope, error: OtpError) -> Response:
    """Return the response of an error that no route has raised, in the form of the facade that the path belongs to."""
    facade = scope["state"]["facade"]
    render: Callable[[OtpError, str], Response] = facade.error_response if facade else problem_response
    return render(error, scope["state"]["request_id"])


class _ResponseHeaders:
    """Adds the common headers to a response, unless the response sets them; records its status."""

    def __init__(
        self,
        send: Send,
        scope: Scope,
        request_headers: Headers,
        admission: RequestAdmission,
        body: BoundedBody,
        common_headers: HeaderList,
    ) -> None:
        self._send = send
        self._body = body
        self._is_static = scope["path"].startswith(STATIC_PREFIXES)
        self._extra_headers = scope["state"]["response_headers"]
        self._request_headers = request_headers
        self._admission = admission
        self._common_headers = common_headers
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            route_headers = message.get("headers", [])
            names = {name for name, _ in route_headers}
            names.discard(b"vary")
            message["headers"] = [*route_headers, *[pair for pair in self._added_headers() if pair[0] not in names]]
        await self._send(message)

    def _added_headers(self) -> HeaderList:
        """Return the headers that the request and the status require."""
        added = [*self._common_headers, *self._admission.origins.response_headers(self._request_headers)]
        added += [(name.lower().encode(), value.encode()) for name, value in self._extra_headers.items()]
        if self._body.has_large_remainder:
            added.append((b"connection", b"close"))
        if not self._is_static or self.status >= HTTPStatus.BAD_REQUEST:
            added.append((b"cache-control", b"no-store"))
        return added


def _record_request(scope: Scope, status: int, facts: Mapping[str, str], *, seconds: float) -> None:
    """Count and log one request: fixed values only, and no personal data of the caller.

    An answer that an operator must act on is a warning; a bug has a line with the level `error` already.
    """
    caller = scope["state"]["caller"]
    app = caller.app.name if caller else ""
    method = scope["method"] if scope["method"] in _METHODS else "-"  # a client may send any token
    route = getattr(scope.get("route"), "path", "-")
    HTTP_REQUESTS.count(route, method, str(status), facts.get("code", ""))
    HTTP_SECONDS.observe(seconds, route)
    if limit := facts.get("limit"):
        LIMIT_HITS.count(limit, app)
    write = log.warning if status >= HTTPStatus.INTERNAL_SERVER_ERROR else log.info
    whose = {"app": app, "key": caller.key} if caller else {}
    write("request", method=method, route=route, status=status, ms=round(seconds * 1000, 2), **whose)
