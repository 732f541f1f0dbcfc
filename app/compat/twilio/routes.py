"""The routes of the facade: authenticate, find the service, read the form, call the operation."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.compat.twilio import answers
from app.compat.twilio.accounts import Accounts
from app.compat.twilio.errors import error_response, handle_error
from app.compat.twilio.message_body import API
from app.compat.twilio.messages import MessageCall, send
from app.compat.twilio.messages import fetch as fetch_message
from app.compat.twilio.messages import update as update_message
from app.compat.twilio.parameters import read_form
from app.compat.twilio.verifications import Call, check, fetch, start, update
from app.domain.api_key import Caller
from app.domain.errors import OtpError, Unauthorized
from app.http.facade import Facade, mount_routes
from app.settings.model import Settings

PREFIX = "/twilio"
_MESSAGES = f"/{API}/Accounts/{{account}}/Messages"

C = TypeVar("C", Call, MessageCall)
Operation = Callable[[Call], Awaitable[Response]]
MessageOperation = Callable[[MessageCall], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def twilio_facade(settings: Settings) -> Facade | None:
    """Build the facade; None where no app lists a token in `twilio_tokens`."""
    accounts = Accounts.of(settings)
    if not accounts.callers:
        return None
    service = "/v2/Services/{service}"
    routes = [
        _operations(accounts, settings, f"{service}/Verifications", POST=start),
        _operations(accounts, settings, f"{service}/VerificationCheck", POST=check),
        _operations(accounts, settings, f"{service}/Verifications/{{target}}", GET=fetch, POST=update),
        Route(service, _service_endpoint(accounts), methods=["GET"]),
        _messages(accounts, f"{_MESSAGES}.json", POST=send),
        _messages(accounts, f"{_MESSAGES}/{{target}}.json", GET=fetch_message, POST=update_message),
        Route("/v2/Services", _services_endpoint(accounts), methods=["GET"]),
    ]
    mount = mount_routes(PREFIX, routes, {OtpError: handle_error, HTTPException: handle_error})
    return Facade(f"{PREFIX}/", accounts.find_caller, error_response, mount)


def _operations(accounts: Accounts, settings: Settings, path: str, **by_method: Operation) -> Route:
    """Build the route of a path of a service."""

    def call_of(request: Request, caller: Caller) -> Callable[..., Call]:
        service = accounts.service(caller, request.path_params["service"])
        return partial(Call, service, caller.key, settings)

    return _route(path, call_of, by_method)


def _messages(accounts: Accounts, path: str, **by_method: MessageOperation) -> Route:
    """Build the route of a path of messages."""

    def call_of(request: Request, caller: Caller) -> Callable[..., MessageCall]:
        account = request.path_params["account"]
        accounts.require_account(caller, account)
        return partial(MessageCall, caller, account)

    return _route(path, call_of, by_method)


def _route(
    path: str,
    call_of: Callable[[Request, Caller], Callable[..., C]],
    by_method: Mapping[str, Callable[[C], Awaitable[Response]]],
) -> Route:
    """Build the route of a path, with an operation for each method; HEAD is that of GET.

    `call_of` refuses an unknown service or account before the form is read, and returns what takes the call's other
    fields.
    """

    async def respond(request: Request) -> Response:
        state = request.scope["state"]
        build = call_of(request, _caller(request))
        call = build(
            container=state["container"],
            parameters=await read_form(request) if request.method == "POST" else {},
            target=request.path_params.get("target", ""),
            request_id=state["request_id"],
            traceparent=state["traceparent"],
        )
        operation = by_method.get(request.method) or by_method["GET"]
        return await operation(call)

    return Route(path, respond, methods=list(by_method))


def _service_endpoint(accounts: Accounts) -> Endpoint:
    async def respond(request: Request) -> Response:
        service = accounts.service(_caller(request), request.path_params["service"])
        return answers.answer(answers.service_body(service, _base(request)))

    return respond


def _services_endpoint(accounts: Accounts) -> Endpoint:
    async def respond(request: Request) -> Response:
        return answers.answer(answers.services_body(accounts.services_of(_caller(request)), _base(request)))

    return respond


def _base(request: Request) -> str:
    return f"{request.scope['state']['container'].public_url}{PREFIX}/v2"


def _caller(request: Request) -> Caller:
    caller: Caller | None = request.scope["state"]["caller"]
    if caller is None:
        raise Unauthorized
    return caller
