"""What a sender gets: an empty object for a message that was accepted, and a refusal in the form that it reads."""

from http import HTTPStatus
from math import ceil

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.compat.hooks.hook import Hook
from app.domain import errors
from app.domain.errors import OtpError, RateLimited, TemporarilyUnavailable, Unauthorized
from app.domain.hook import HookAnswer, RefusalForm
from app.http.facade import respond_to
from app.http.problems import STATUS_OF
from app.logs import log, note

_JSON, _TEXT = "application/json", "text/plain"
_NOT_SENT = "The text message could not be sent."
_NOT_NOW = "The text message could not be sent at the moment. Try again in a minute."

# What a person reads who waits for the message, since several senders show it.
SENTENCES: dict[type[OtpError], str] = {
    errors.InvalidPhoneNumber: "This phone number cannot receive text messages. Check its digits and its country code.",
    errors.DestinationNotAllowed: "Text messages to this country or type of phone number are not available.",
    errors.DestinationBlocked: "Text messages to this phone number are blocked at present.",
    errors.OptedOut: "The owner of this phone number has refused text messages.",
    errors.TemporarilyUnavailable: _NOT_NOW,
}
# The person's number or the moment is why; any other refusal is a mistake in the settings, here or at the sender.
_EXPECTED = (*SENTENCES, RateLimited)


def accepted(answer: HookAnswer) -> Response:
    """Return the answer to a message that was accepted, or repeated."""
    return _empty(answer.ok)


def refused(hook: Hook, error: OtpError) -> Response:
    """Return the answer to a verified call that sends nothing, and log the refusal: some senders do not see it."""
    answer = hook.answer
    is_away = isinstance(error, TemporarilyUnavailable)
    own = STATUS_OF[type(error)]
    status = answer.away if is_away else answer.refused or own
    _log_refusal(hook, error)
    match answer.form:
        case RefusalForm.ERROR_OBJECT:
            shown = {"error": {"http_code": own, "message": sentence(error)}}
            return Response(orjson.dumps(shown), status, media_type=_JSON)
        case RefusalForm.NOTHING:
            return _empty(status)
        case RefusalForm.TEXT:
            return Response(sentence(error), status, media_type=_TEXT)


def sentence(error: OtpError) -> str:
    """Return a refusal in plain words, for the person who waits for the message."""
    if isinstance(error, RateLimited):
        return f"Too many text messages were requested. Try again in {_wait(error.retry_after or 0)}."
    return SENTENCES.get(type(error), _NOT_SENT)


def error_response(error: OtpError, _: str) -> Response:
    """Return the answer to a call that is not verified, or that no hook takes, as text: its sender is not known.

    It has no Retry-After, which some senders take as a reason to call again at once.
    """
    note(code=error.code, limit=error.limit if isinstance(error, RateLimited) else "")
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, Unauthorized) else {}
    return Response(str(error), STATUS_OF[type(error)], headers, _TEXT)


def handle_error(request: Request, error: Exception) -> Response:
    """Return the answer to an error that a route or the router raised."""
    return respond_to(error, lambda found: error_response(found, request.state.request_id))


def _log_refusal(hook: Hook, error: OtpError) -> None:
    limit = {"limit": error.limit} if isinstance(error, RateLimited) else {}
    note(code=error.code, limit=limit.get("limit", ""))
    is_person = isinstance(error, _EXPECTED) and not isinstance(error, TemporarilyUnavailable)
    write = log.info if is_person else log.warning
    write("hook_refused", hook=hook.name, app=hook.app.name, code=error.code, **limit)


def _empty(status: int) -> Response:
    return Response(b"" if status == HTTPStatus.NO_CONTENT else b"{}", status, media_type=_JSON)


def _wait(seconds: int) -> str:
    """Return a wait in words, rounded up."""
    for size, unit in ((3600, "hour"), (60, "minute")):
        if seconds > size or unit == "minute":
            count = max(1, ceil(seconds / size))
            return f"{count} {unit}{'s' if count > 1 else ''}"
    raise AssertionError("unreachable: minutes take every wait")
