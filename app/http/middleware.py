"""The first line of defence, in front of everything: names each request, lets it in or not, writes its line.

Pure ASGI, for Starlette's BaseHTTPMiddleware costs more than a whole request of ours. In order: the edge
(name, preflight, address, key, limits), the size and type of the body, then the routes.
"""

import os
import time
from collections.abc import Callable
from http import HTTPMethod, HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import OtpError
from app.http.admission import STATIC_PREFIXES, RequestAdmission
from app.http.body_limits import BoundedBody
from app.http.problems import bug_response, problem_response
from app.logs import error_location, log
from app.services.parts.code_generation import new_id

DENY_ALL_POLICY = b"default-src 'none'; frame-ancestors 'none'"
_ONE_YEAR = 365 * 86400
_METHODS = frozenset(HTTPMethod.__members__)


HeaderList = list[tuple[bytes, bytes]]
"""Headers as ASGI has them."""


class RequestMiddleware:
    """Lets a request in or not, and sees that it is answered, whatever happens."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        admission: RequestAdmission,
        https: bool = False,
        body_seconds: float = 10,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Take the edge; `https` tells browsers to come by nothing else, `body_seconds` is all that a body gets."""
        self.app = app
        self._edge = admission
        self.body_seconds = body_seconds
        self._clock = clock
        self._carried = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"content-security-policy", DENY_ALL_POLICY),
        ]
        if https:
            self._carried.append((b"strict-transport-security", b"max-age=%d" % _ONE_YEAR))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; a bug ends as a problem document and a line, never as a traceback."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, request_id, headers = self._clock(), new_id("rq", os.urandom), Headers(scope=scope)
        own = {"request_id": request_id, "address": None, "caller": None}
        scope["state"] = {
            **scope.get("state", {}),
            **own,
            "response_headers": {},
        }  # a new one: some servers give all calls the same
        body = BoundedBody(scope, headers, receive, seconds=self.body_seconds)
        carried = [(b"x-request-id", request_id.encode()), *self._carried]
        answer = _ResponseHeaders(send, scope, headers, self._edge, body, carried)
        try:
            early = self._answer_early(scope, headers, body)
            if early is not None:
                await early(scope, receive, answer)
            else:
                await self.app(scope, body, answer)
        except Exception as error:  # noqa: BLE001  the last resort: whatever it is, the caller gets an answer
            log.error("bug", request_id=request_id, **error_location(error))
            if answer.status == 0:
                await bug_response(request_id)(scope, receive, answer)
        finally:
            self._edge.note(scope, answer.status)
            _log_request(scope, answer.status, ms=round((self._clock() - started) * 1000, 2))

    def _answer_early(self, scope: Scope, headers: Headers, body: BoundedBody) -> Response | None:
        """Answer what no route needs to see."""
        try:
            answer = self._edge.admit(scope, headers)
            body.refuse_if_large()
        except OtpError as refusal:
            return problem_response(refusal, scope["state"]["request_id"])
        return answer


class _ResponseHeaders:
    """Adds to an answer what every answer carries, unless it says so itself; and remembers its status."""

    def __init__(
        self,
        send: Send,
        scope: Scope,
        asked: Headers,
        admission: RequestAdmission,
        body: BoundedBody,
        carried: HeaderList,
    ) -> None:
        self._send = send
        self._body = body
        self._is_static = scope["path"].startswith(STATIC_PREFIXES)
        self._of_route = scope["state"]["response_headers"]
        self._asked = asked
        self._edge = admission
        self._carried = carried
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = message.get("headers", [])
            said = {name for name, _ in given if name != b"vary"}
            message["headers"] = [*given, *[pair for pair in self._own() if pair[0] not in said]]
        await self._send(message)

    def _own(self) -> HeaderList:
        """Give what the call and the status ask for."""
        own = [*self._carried, *self._edge.origins.leave(self._asked)]
        own += [(name.lower().encode(), value.encode()) for name, value in self._of_route.items()]
        if self._body.is_owed:
            own.append((b"connection", b"close"))
        if not self._is_static or self.status >= HTTPStatus.BAD_REQUEST:
            own.append((b"cache-control", b"no-store"))
        return own


def _log_request(scope: Scope, status: int, *, ms: float) -> None:
    """Write a request's line: our words only, and of the caller what names nobody."""
    state, caller = scope["state"], scope["state"]["caller"]
    log.info(
        "request",
        request_id=state["request_id"],
        method=scope["method"] if scope["method"] in _METHODS else "-",  # it may be any word
        route=getattr(scope.get("route"), "path", "-"),
        status=status,
        ms=ms,
        **({"app": caller.app.name, "key": caller.key} if caller else {}),
    )
