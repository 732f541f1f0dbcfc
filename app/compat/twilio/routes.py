"""The routes of the facade: authenticate, find the service, read the form, call the operation."""

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
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


def twilio_facade(settings: Settings) -> Facade | None:
    """Build the facade; None where no app lists a token in `twilio_tokens`."""
    accounts = Accounts.of(settings)
    if not accounts.callers:
        return None
    router = Router(redirect_slashes=False)
    for path, methods in _operations().items():
        for method, operation in methods.items():
            router.routes.append(_route(path, method, _endpoint(accounts, operation)))
    router.routes.append(_route("/v2/Services/{service}", "GET", _service_endpoint(accounts)))
    router.routes.append(_route("/v2/Services", "GET", _services_endpoint(accounts)))
    app = ExceptionMiddleware(
        router,
        handlers={
            OtpError: handle_error,
            HTTPException: handle_error,
            ClientDisconnect: lambda *_: Response(status_code=_CLIENT_CLOSED),
        },
    )
    return Facade(f"{PREFIX}/", accounts.find_caller, error_response, Mount(PREFIX, app=app))


def _operations() -> dict[str, dict[str, Operation]]:
    service = "/v2/Services/{service}"
    return {
        f"{service}/Verifications": {"POST": start},
        f"{service}/VerificationCheck": {"POST": check},
        f"{service}/Verifications/{{target}}": {"GET": fetch, "POST": update},
    }


def _endpoint(accounts: Accounts, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        state = request.scope["state"]
        call = Call(
            accounts.service(_caller(request), request.path_params["service"]),
            state["container"],
            await read_form(request) if request.method == "POST" else {},
            request.path_params.get("target", ""),
            state["request_id"],
            state["traceparent"],
        )
        return await operation(call)

    return respond


def _service_endpoint(accounts: Accounts) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        service = accounts.service(_caller(request), request.path_params["service"])
        return answers.answer(answers.service_body(service, _base(request)))

    return respond


def _services_endpoint(accounts: Accounts) -> Callable[[Request], Awaitable[Response]]:
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


def _route(path: str, method: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
    route = Route(path, endpoint, methods=[method])
    route.path = PREFIX + path  # for logs and metrics; the route matches by a pattern that it has compiled
    return route
