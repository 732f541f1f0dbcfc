"""Answers the two calls that everybody waits for without the framework's detours; it answers all others.

What FastAPI does for a call between its socket and our function (find the route, solve its dependencies, validate
twice, wrap all of it in stacks that have nothing to close) takes longer than the function. Here a call that is as it
should be goes straight to the same function; whatever is odd about a call, FastAPI hears and answers it, so that a
mistake is told in one place only.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.bodies import CheckBody, CodeBody
from app.api.calls import read_idempotency_key
from app.api.deps import get_day
from app.api.problems import answer_ours
from app.api.verifications import ask_for_code, check_code
from app.domain.caller import Caller
from app.domain.errors import OtpError
from app.wiring import Tools

_JSON = [b"application/json"]


@dataclass(frozen=True, slots=True)
class _Way:
    """A call: where it comes in, what reads its body, what does it, and the status of its answer."""

    path: str
    body: TypeAdapter[Any]
    act: Callable[[Any, Request, Response, Caller, Tools, str], Awaitable[BaseModel]]
    status: int


async def _ask(body: Any, request: Request, response: Response, caller: Caller, tools: Tools, key: str) -> BaseModel:  # noqa: ANN401  the union of two bodies
    return await ask_for_code(body, request, response, caller, await get_day(), tools, key)


_WAYS = {
    way.path: way
    for way in (
        _Way("/v1/request-code", TypeAdapter(CodeBody), _ask, 202),
        _Way("/v1/verify-code", TypeAdapter(CheckBody), check_code, 200),
    )
}


class Shortcut:
    """Stands before the framework."""

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
        await (await _answer(way, body, Request(scope)))(scope, receive, send)


def _way_of(scope: Scope) -> _Way | None:
    """Find the way of a POST of JSON by somebody with a key."""
    way = _WAYS.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
    if way is None or scope["state"]["caller"] is None or scope.get("root_path"):
        return None
    types = [value for name, value in scope["headers"] if name == b"content-type"]
    return way if types == _JSON else None


def _read(way: _Way, first: Message | HTTPException) -> Any:  # noqa: ANN401  one of several bodies
    """Read a body that came in one piece and is as it should be; None for all others."""
    if isinstance(first, HTTPException) or first["type"] != "http.request" or first.get("more_body"):
        return None
    try:
        return way.body.validate_json(first.get("body", b""))
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


async def _answer(way: _Way, body: Any, request: Request) -> Response:  # noqa: ANN401  as above
    """Do it, as the route would."""
    state, also = request.scope["state"], Response()
    try:
        given = request.headers.get("idempotency-key")
        key = "" if given is None else await read_idempotency_key(request, given)
        said = await way.act(body, request, also, state["caller"], state["tools"], key)
    except OtpError as error:
        return answer_ours(request, error)
    answer = Response(said.__pydantic_serializer__.to_json(said), way.status, media_type="application/json")
    answer.headers.raw.extend(pair for pair in also.headers.raw if pair[0] != b"content-length")
    return answer
