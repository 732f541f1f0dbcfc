"""The routes of the facade: authenticate, find the service, read the form, call the operation."""

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router

from app.compat.twilio import answers
from app.compat.twilio.accounts import Accounts
from app.compat.twilio.errors import error_response, handle_error
from app.compat.twilio.parameters import read_form
from app.compat.twilio.verifications import Call, check, fetch, start, update
from app.domain.api_key import Caller
from app.domain.errors import OtpError, Unauthorized
from app.http.facade import Facade
from app.settings.model import Settings

PREFIX = "/twilio"
_CLIENT_CLOSED = 499  # as for the other routes

Operation = Callable[[Call], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def twilio_facade(settings: Settings) -> Facade | None:
    """Build the facade; None where no app lists a token in `twilio_tokens`."""
    accounts = Accounts.of(settings)
    if not accounts.callers:
        return None
    service = "/v2/Services/{service}"
    router = Router(
        [
            _operations(accounts, settings, f"{service}/Verifications", POST=start),
            _operations(accounts, settings, f"{service}/VerificationCheck", POST=check),
            _operations(accounts, settings, f"{service}/Verifications/{{target}}", GET=fetch, POST=update),
            _route(service, ["GET"], _service_endpoint(accounts)),
            _route("/v2/Services", ["GET"], _services_endpoint(accounts)),
        ],
        redirect_slashes=False,
    )
    handlers = {
        OtpError: handle_error,
        HTTPException: handle_error,
        ClientDisconnect: lambda *_: Response(status_code=_CLIENT_CLOSED),
    }
    mount = Mount(PREFIX, router, middleware=[Middleware(ExceptionMiddleware, handlers=handlers)])
    return Facade(f"{PREFIX}/", accounts.find_caller, error_response, mount)


def _operations(accounts: Accounts, settings: Settings, path: str, **by_method: Operation) -> Route:
    """Build the route of a path, with an operation for each method; HEAD is that of GET."""

    async def respond(request: Request) -> Response:
        state = request.scope["state"]
        caller = _caller(request)
        service = accounts.service(caller, request.path_params["service"])
        call = Call(
            service,
            caller.key,
            settings,
            state["container"],
            await read_form(request) if request.method == "POST" else {},
            request.path_params.get("target", ""),
            state["request_id"],
            state["traceparent"],
        )
        operation = by_method.get(request.method) or by_method["GET"]
        return await operation(call)

    return _route(path, list(by_method), respond)


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


def _route(path: str, methods: list[str], endpoint: Endpoint) -> Route:
    route = Route(path, endpoint, methods=methods)
    route.path = PREFIX + path  # for logs and metrics; the route matches by a pattern that it has compiled
    return route
