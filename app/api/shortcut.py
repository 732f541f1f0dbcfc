"""Answers the two calls that everybody waits for without the framework's detours; it answers all others.

What FastAPI does for a call between its socket and our function (find the route, solve its dependencies, validate
twice, wrap all of it in stacks that have nothing to close) takes longer than the function. Here a call that is as it
should be goes straight to the same function; whatever is odd about a call, FastAPI hears and answers it, so that a
mistake is told in one place only.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.bodies import CheckBody, CodeBody
from app.api.calls import Head, idempotency_key_of
from app.api.hot import Quota, ask, check
from app.api.problems import answer_problem
from app.api.sizes import says_json
from app.domain.errors import OtpError
from app.wiring import Tools


@dataclass(frozen=True, slots=True)
class _Way:
    """A call: where it comes in, what reads its body, what does it, and the status of its answer."""

    path: str
    body: TypeAdapter[Any]
    act: Callable[[Any, Head, Tools], Awaitable[tuple[BaseModel, Quota]]]
    status: int


_FORGET = ConfigDict(cache_strings="keys")  # else the last 16,384 short texts of bodies, numbers and codes, stay here
_WAYS = {
    way.path: way
    for way in (
        _Way("/v1/request-code", TypeAdapter(CodeBody, config=_FORGET), ask, 202),
        _Way("/v1/verify-code", TypeAdapter(CheckBody, config=_FORGET), check, 200),
    )
}


class Shortcut:
    """Stands between the guard, which has read the head of a call, and the framework."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a call by its way, if it has one and nothing about it is odd."""
        way = _way_of(scope)
        if way is None:
            await self._app(scope, receive, send)
            return
        try:
            first: Message | HTTPException = await receive()
        except HTTPException as error:
            first = error
        body = _read(way, first)
        if body is None:
            await self._app(scope, _hear_again(first, receive), send)
            return
        scope["route"] = way
        await _serve(way, body, scope, receive, send)


def _way_of(scope: Scope) -> _Way | None:
    """Find the way of a POST of JSON by somebody with a key."""
    way = _WAYS.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
    if way is None or scope["state"]["caller"] is None or scope.get("root_path"):
        return None
    return way if says_json(scope["state"]["headers"]) else None


def _read(way: _Way, first: Message | HTTPException) -> Any:  # noqa: ANN401  one of several bodies
    """Read a body that came in one piece and is as it should be; None for all others."""
    if isinstance(first, HTTPException) or first["type"] != "http.request" or first.get("more_body"):
        return None
    try:
        return way.body.validator.validate_json(first.get("body", b""))
    except ValidationError:
        return None


def _hear_again(first: Message | HTTPException, receive: Receive) -> Receive:
    """Let what was heard be heard once more, and then the rest."""
    told = False

    async def hear() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        if isinstance(first, HTTPException):
            raise first
        return first

    return hear


async def _serve(way: _Way, body: Any, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ANN401  as above
    """Do it and answer, as the route would."""
    state = scope["state"]
    caller, headers = state["caller"], state["headers"]
    try:
        key = idempotency_key_of(headers.getlist("idempotency-key"))
        head = Head(caller, state["address"], way.path, key, headers.get("accept-language", ""))
        said, quota = await way.act(body, head, state["tools"])
    except OtpError as error:
        refusal = answer_problem(error, state["request_id"], backend=caller.app if caller.secret else None)
        await refusal(scope, receive, send)
        return
    content = said.__pydantic_serializer__.to_json(said)
    more = [(name.lower().encode(), value.encode()) for name, value in quota.items()]
    answer = [(b"content-length", b"%d" % len(content)), (b"content-type", b"application/json"), *more]
    await send({"type": "http.response.start", "status": way.status, "headers": answer})
    await send({"type": "http.response.body", "body": content})
