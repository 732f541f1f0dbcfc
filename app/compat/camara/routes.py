"""The facade: routes of the API and of its tokens, and the app below the prefix."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import orjson
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.compat.camara.bodies import SendCodeBody, ValidateCodeBody, check_correlator, echoed_headers, read_body
from app.compat.camara.clients import Clients, client_credentials
from app.compat.camara.errors import error_response, handle_error
from app.compat.camara.token_endpoint import OAuthError, discovery_document, issue_token, oauth_error_response
from app.compat.camara.tokens import AccessTokens
from app.compat.camara.verifications import Call, send_code, validate_code
from app.domain.api_key import Caller
from app.domain.errors import Forbidden, OtpError, Unauthorized
from app.http.facade import Facade, authorization, mount_routes
from app.settings.model import Settings
from app.settings.to_domain import keyring_of

PREFIX = "/one-time-password-sms"
DISCOVERY_PATH = "/.well-known/openid-configuration"
TOKEN_PATH = "/token"  # noqa: S105  a path

_BodyT = TypeVar("_BodyT", SendCodeBody, ValidateCodeBody)
Endpoint = Callable[[Request], Awaitable[Response]]


def camara_facade(settings: Settings, clock: Callable[[], float] = time.time) -> Facade | None:
    """Build the facade; None where no app lists `camara`. `clock` returns seconds since 1970."""
    clients = Clients.of(settings)
    if not clients.settings:
        return None
    base = f"{settings.public_url}{PREFIX}"
    tokens = AccessTokens(settings.public_url, f"{base}/v1", keyring_of(settings), clients, clock)

    async def token_endpoint(request: Request) -> Response:
        return await issue_token(request, tokens)

    discovery = orjson.dumps(discovery_document(settings.public_url, f"{base}{TOKEN_PATH}"))

    async def show_discovery(_: Request) -> Response:
        return Response(discovery, media_type="application/json")

    endpoints = {
        "/v1/send-code": _operation(SendCodeBody, send_code, clients, settings),
        "/v1/validate-code": _operation(ValidateCodeBody, validate_code, clients, settings),
        TOKEN_PATH: token_endpoint,
    }
    routes = [Route(path, endpoint, methods=["POST"]) for path, endpoint in endpoints.items()]
    handlers = {OAuthError: oauth_error_response, OtpError: handle_error, HTTPException: handle_error}
    return Facade(
        f"{PREFIX}/",
        _caller_finder(tokens),
        error_response,
        mount_routes(PREFIX, routes, handlers),
        response_headers=echoed_headers,
        others=(Route(DISCOVERY_PATH, show_discovery, methods=["GET"]),),
    )


def _caller_finder(tokens: AccessTokens) -> Callable[[Headers], Caller | None]:
    def find_caller(headers: Headers) -> Caller | None:
        """Return the caller of a token, or the client of Basic credentials, which only the token endpoint takes."""
        if credentials := client_credentials(headers):
            return tokens.clients.authenticate(*credentials)
        scheme, token = authorization(headers)
        return tokens.read(token) if scheme == "bearer" else None

    return find_caller


def _operation(
    model: type[_BodyT], operate: Callable[[Call, _BodyT], Awaitable[Response]], clients: Clients, settings: Settings
) -> Endpoint:
    async def respond(request: Request) -> Response:
        state = request.scope["state"]
        caller: Caller | None = state["caller"]
        if caller is None or authorization(request.headers)[0] != "bearer":
            raise Unauthorized
        check_correlator(request.headers)
        client = clients.settings[caller.app.name]
        if client.purpose not in caller.purposes:
            raise Forbidden
        call = Call(
            caller.app, caller.key, client, settings, state["container"], state["request_id"], state["traceparent"]
        )
        return await operate(call, await read_body(request, model))

    return respond
