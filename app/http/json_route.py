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
_Validator = Callable[[object], object]


class JsonRoute(APIRoute):
    """A FastAPI route that answers 401, 403 and 415 before it reads a body, and calls its function directly.

    The function takes one body, parts of the path, and dependencies that need only the request
    (`app.api.dependencies`); it returns a model, or None for an answer without a body. FastAPI's own handler reads the
    body first, so a caller without a key would learn what is wrong with its body; and its handling of dependencies
    takes more CPU time. FastAPI handles routes without a body.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401  FastAPI's signature
        super().__init__(path, endpoint, **options)
        dependencies = self.dependant.dependencies
        self._dependencies = [(cast("str", one.name), cast("_Dependency", one.call)) for one in dependencies]
        self._body = None
        if self.dependant.body_params:
            self._require_body_path_and_dependencies_only()
            hints = get_type_hints(endpoint, include_extras=True)  # `body_field` has lost the union's discriminator

            def validator_of(name: str) -> _Validator:
                return TypeAdapter(hints[name]).validator.validate_python

            (body,) = self.dependant.body_params
            self._body = (body.name, validator_of(body.name))
            self._path = [(part.name, validator_of(part.name)) for part in self.dependant.path_params]

    def _require_body_path_and_dependencies_only(self) -> None:
        """Raise `TypeError` for a parameter that `handle` would not pass: a query, a header, a cookie, the request."""
        own = self.dependant
        others = [*own.query_params, *own.header_params, *own.cookie_params]
        if others or own.request_param_name or own.response_param_name or len(own.body_params) != 1:
            raise TypeError(f"{self.path}: a JSON route takes one body, path and request-only dependencies.")

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; an `OtpError` becomes a problem document."""
        if self._body is None or scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self._respond(request, *self._body)
        except OtpError as error:  # the app's handler gives the same response, 90 µs of 240 later
            response = error_response(request, error)
        await response(scope, receive, send)

    async def _respond(self, request: Request, name: str, validate: _Validator) -> Response:
        arguments = {name: await dependency(request) for name, dependency in self._dependencies}
        require_json(request.scope["state"]["headers"])
        for part, validate_part in self._path:
            arguments[part] = _read(request.path_params[part], validate_part, place=f"path:{part}")
        value = read_json(await _read_body(request.receive))
        arguments[name] = _read(value, validate)
        model: BaseModel | None = await self.endpoint(**arguments)
        if model is None:
            return Response(status_code=self.status_code or 204)
        content = model.__pydantic_serializer__.to_json(model, exclude_none=self.response_model_exclude_none)
        return Response(content, self.status_code or 200, media_type="application/json")


def _read(value: object, validate: _Validator, *, place: str = "") -> object:
    """Validate the body, or a part of the path, whose `place` is then that of its mistakes; raises `InvalidRequest`."""
    try:
        return validate(value)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        raise invalid_request(errors, (lambda _: place) if place else None) from None


async def _read_body(receive: Receive) -> bytes:
    """Read a body, whose size and time the middleware bounds; Starlette's asynchronous generators take 1.2 µs more."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
