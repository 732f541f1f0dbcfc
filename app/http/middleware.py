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
from app.http.admission import STATIC, Edge
from app.http.body_limits import Body
from app.http.problems import answer_bug, answer_problem
from app.logs import log, place_of
from app.services.parts.code_generation import new_id

NOTHING = b"default-src 'none'; frame-ancestors 'none'"
_A_YEAR = 365 * 86400
_METHODS = frozenset(HTTPMethod.__members__)


Fields = list[tuple[bytes, bytes]]
"""Headers as ASGI has them."""


class Guard:
    """Lets a request in or not, and sees that it is answered, whatever happens."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        edge: Edge,
        https: bool = False,
        body_seconds: float = 10,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Take the edge; `https` tells browsers to come by nothing else, `body_seconds` is all that a body gets."""
        self.app = app
        self._edge = edge
        self.body_seconds = body_seconds
        self._clock = clock
        self._carried = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"content-security-policy", NOTHING),
        ]
        if https:
            self._carried.append((b"strict-transport-security", b"max-age=%d" % _A_YEAR))

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
        body = Body(scope, headers, receive, seconds=self.body_seconds)
        carried = [(b"x-request-id", request_id.encode()), *self._carried]
        answer = _Answer(send, scope, headers, self._edge, body, carried)
        try:
            early = self._answer_early(scope, headers, body)
            if early is not None:
                await early(scope, receive, answer)
            else:
                await self.app(scope, body, answer)
        except Exception as error:  # noqa: BLE001  the last resort: whatever it is, the caller gets an answer
            log.error("bug", request_id=request_id, **place_of(error))
            if answer.status == 0:
                await answer_bug(request_id)(scope, receive, answer)
        finally:
            self._edge.note(scope, answer.status)
            _write_line(scope, answer.status, ms=round((self._clock() - started) * 1000, 2))

    def _answer_early(self, scope: Scope, headers: Headers, body: Body) -> Response | None:
        """Answer what no route needs to see."""
        try:
            answer = self._edge.admit(scope, headers)
            body.refuse_if_large()
        except OtpError as refusal:
            return answer_problem(refusal, scope["state"]["request_id"])
        return answer


class _Answer:
    """Adds to an answer what every answer carries, unless it says so itself; and remembers its status."""

    def __init__(self, send: Send, scope: Scope, asked: Headers, edge: Edge, body: Body, carried: Fields) -> None:
        self._send = send
        self._body = body
        self._is_static = scope["path"].startswith(STATIC)
        self._of_route = scope["state"]["response_headers"]
        self._asked = asked
        self._edge = edge
        self._carried = carried
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = message.get("headers", [])
            said = {name for name, _ in given if name != b"vary"}
            message["headers"] = [*given, *[pair for pair in self._own() if pair[0] not in said]]
        await self._send(message)

    def _own(self) -> Fields:
        """Give what the call and the status ask for."""
        own = [*self._carried, *self._edge.origins.leave(self._asked)]
        own += [(name.lower().encode(), value.encode()) for name, value in self._of_route.items()]
        if self._body.is_owed:
            own.append((b"connection", b"close"))
        if not self._is_static or self.status >= HTTPStatus.BAD_REQUEST:
            own.append((b"cache-control", b"no-store"))
        return own


def _write_line(scope: Scope, status: int, *, ms: float) -> None:
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
