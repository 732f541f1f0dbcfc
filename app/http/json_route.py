"""A route that takes a JSON body: headers first, then the body, then its function."""

from collections.abc import Callable, Coroutine
from typing import Any, cast, get_type_hints

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from app.domain.errors import OtpError
from app.http.body_limits import require_json
from app.http.json_body import read_json
from app.http.problems import error_response, invalid_request

_Dependency = Callable[[Request], Coroutine[Any, Any, object]]


class JsonRoute(APIRoute):
    """A FastAPI route that answers 401, 403 and 415 before it reads a body, and calls its function directly.

    The function takes one body, and dependencies that need the request alone (`app.api.dependencies`); it returns a model.
    FastAPI's own handler reads the body first, so a caller without a key would learn what is wrong with its body; and
    what it does for a request costs more processor time than all of ours. A route without a body is left to FastAPI.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401  FastAPI's own
        super().__init__(path, endpoint, **options)
        dependencies = self.dependant.dependencies
        self._dependencies = [(cast("str", one.name), cast("_Dependency", one.call)) for one in dependencies]
        self._body = None
        if self.dependant.body_params:
            (parameter,) = self.dependant.body_params
            body_type = get_type_hints(endpoint, include_extras=True)[parameter.name]  # FastAPI's has no discriminator
            self._body = (parameter.name, TypeAdapter(body_type).validator.validate_python)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; an error of ours becomes a problem document, as everywhere."""
        if self._body is None or scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self._answer(request, *self._body)
        except OtpError as error:  # the app's handler would answer the same, and 15 % of a wrong guess later
            response = error_response(request, error)
        await response(scope, receive, send)

    async def _answer(self, request: Request, name: str, validate: Callable[[object], BaseModel]) -> Response:
        given = {name: await dependency(request) for name, dependency in self._dependencies}
        require_json(request.headers)
        value = read_json(await _read_body(request.receive))
        try:
            given[name] = validate(value)
        except ValidationError as error:
            raise invalid_request(error.errors(include_url=False, include_context=False, include_input=False)) from None
        answer: BaseModel = await self.endpoint(**given)
        content = answer.__pydantic_serializer__.to_json(answer)
        return Response(content, self.status_code or 200, media_type="application/json")


async def _read_body(receive: Receive) -> bytes:
    """Read a body whose size and time the middleware bounds; in half the time of Starlette's stream."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
