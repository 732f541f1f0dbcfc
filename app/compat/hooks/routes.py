"""The routes of hooks: verify the call, read its body, send the message, answer as the sender needs it."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.compat.hooks.answers import accepted, error_response, handle_error, refused
from app.compat.hooks.hook import Hook, hooks_of
from app.compat.hooks.messages import read_document, read_message
from app.compat.hooks.verification import has_credential, is_signed
from app.container import Container
from app.domain.errors import NotFound, OtpError, Unauthorized
from app.domain.outgoing_message import RefusedRecipient
from app.http.body_limits import HOOKS_PREFIX, require_plain_encoding
from app.http.facade import Facade, mount_routes
from app.logs import note
from app.settings.model import Settings

PREFIX = HOOKS_PREFIX.removesuffix("/")
_NOT_ITS_SENDER = "The signature or secret of this call is missing, wrong or too old."


def hooks_facade(settings: Settings) -> Facade | None:
    """Build the facade; None where `OTP_HOOKS` names no hook."""
    hooks = hooks_of(settings)
    if not hooks:
        return None

    async def respond(request: Request) -> Response:
        return await _receive(request, hooks, request.scope["state"]["container"])

    routes = [Route(path, respond, methods=["POST"]) for path in ("/{name}", "/{name}/{token}")]
    mount = mount_routes(PREFIX, routes, {OtpError: handle_error, HTTPException: handle_error})
    return Facade(HOOKS_PREFIX, lambda _: None, error_response, mount, counts_refusals_only=True)


async def _receive(request: Request, hooks: Mapping[str, Hook], container: Container) -> Response:
    hook = hooks.get(request.path_params["name"])
    if hook is None:
        raise NotFound
    note(hook=hook.name)
    state = request.scope["state"]
    now = container.clock()
    body = await _verified_body(request, hook, now=now)
    state["caller"] = hook.caller
    try:
        message = read_message(
            hook,
            read_document(request.headers, body),
            private=container.private,
            now=now,
            request_id=state["request_id"],
            traceparent=state["traceparent"],
        )
        (recipient,) = await container.send_messages(message)
    except OtpError as error:
        return refused(hook, error)
    return refused(hook, recipient.error) if isinstance(recipient, RefusedRecipient) else accepted(hook.answer)


async def _verified_body(request: Request, hook: Hook, *, now: float) -> bytes:
    """Return the body of a call that is the sender's; raises `Unauthorized` for any other."""
    headers = request.headers
    require_plain_encoding(headers)
    token = request.path_params.get("token", "")
    if not has_credential(hook.verification, hook.secrets, headers, token, now=now):
        raise Unauthorized(_NOT_ITS_SENDER)
    body = await request.body()
    if not is_signed(hook.verification, hook.secrets, headers, body, now=now):
        raise Unauthorized(_NOT_ITS_SENDER)
    return body
