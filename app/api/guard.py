"""The first line of defence, in front of everything: sizes, media types, what every answer carries.

Pure ASGI, for Starlette's BaseHTTPMiddleware costs more than a whole request of ours.
"""

import os
import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from http import HTTPMethod, HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import BodyTooLarge, InternalError, UnsupportedMediaType, answer_problem
from app.domain.errors import Forbidden, OtpError
from app.logs import log, place_of
from app.services.generate import new_id

MOST = 16 * 1024
MOST_REPORTS = 1024 * 1024
_REPORTS = "/v1/reports/"
_STATIC = "/static/"
_LEFT = 499  # in the log only: nginx's word for a caller that hung up
_LONGEST_LENGTH = 9  # digits; Python reads thousands of them slowly


class Guard:
    """Caps bodies before they are read, names every request, and writes its line in the log."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: AbstractSet[str | None] | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Take the names that a request may call us by, beside addresses and localhost; None for all.

        On a developer's machine a foreign page can let its own name point here, and would read the phone.
        """
        self._app = app
        self._hosts = hosts
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; a bug ends as a problem document and a line, never as a traceback."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, request_id = self._clock(), new_id("rq", os.urandom)
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        answer = _Answer(send, request_id, is_static=scope["path"].startswith(_STATIC))
        refusal = _refuse_host(scope, self._hosts) or _refuse(scope)
        try:
            if refusal is not None:
                await answer_problem(refusal, request_id)(scope, receive, answer)
            else:
                await self._app(scope, _capped(scope, receive), answer)
        except ClientDisconnect:
            answer.status = answer.status or _LEFT  # nobody is there to be answered, and nobody is to blame
        except Exception as error:  # noqa: BLE001  the last resort: whatever it is, the caller gets an answer
            log.error("bug", request_id=request_id, **place_of(error))
            if answer.status == 0:
                bug = InternalError("It is noted under this request's id.")
                await answer_problem(bug, request_id)(scope, receive, answer)
        finally:
            spent = round((self._clock() - started) * 1000, 2)
            route = getattr(scope.get("route"), "path", "-")
            method = scope["method"] if scope["method"] in HTTPMethod.__members__ else "-"  # it may be any word
            log.info("request", request_id=request_id, method=method, route=route, status=answer.status, ms=spent)


class _Answer:
    """Adds to an answer what every answer carries, and remembers its status."""

    def __init__(self, send: Send, request_id: str, *, is_static: bool) -> None:
        self._send = send
        self._request_id = request_id
        self._is_static = is_static
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._request_id
            headers["X-Content-Type-Options"] = "nosniff"
            if not self._is_static or self.status >= HTTPStatus.BAD_REQUEST:
                headers.setdefault("Cache-Control", "no-store")
        await self._send(message)


def _refuse_host(scope: Scope, hosts: AbstractSet[str | None] | None) -> OtpError | None:
    """Refuse a foreign name; an address in its place was typed by somebody, for no name can be pointed at it."""
    host = urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname or ""
    if hosts is None or host == "localhost" or host in hosts or _is_address(host):
        return None
    return Forbidden("This name is not the service's own. Use its address, or set OTP_PUBLIC_URL.")


def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def _refuse(scope: Scope) -> OtpError | None:
    """Refuse what the headers alone show to be wrong."""
    headers, path = Headers(scope=scope), scope["path"]
    length = headers.get("content-length", "0").lstrip("0") or "0"
    if not length.isdecimal() or len(length) > _LONGEST_LENGTH or int(length) > _most(path):
        return BodyTooLarge("Bodies may have 16 KiB, reports 1 MiB.")
    is_ours = scope["method"] == "POST" and path.startswith("/v1/") and not path.startswith(_REPORTS)
    if is_ours and headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return UnsupportedMediaType("Send 'Content-Type: application/json'.")
    return None


def _capped(scope: Scope, receive: Receive) -> Receive:
    """Count a body that does not tell its length, and stop it at the cap."""
    left = _most(scope["path"])

    async def receive_capped() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return message

    return receive_capped


def _most(path: str) -> int:
    return MOST_REPORTS if path.startswith(_REPORTS) else MOST
