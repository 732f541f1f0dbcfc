"""Errors as CAMARA writes them: the HTTP status, a code and a message, and nothing more."""

from typing import NamedTuple

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.domain import errors
from app.domain.errors import Forbidden, InvalidPhoneNumber, InvalidRequest, OtpError, RateLimited, Unauthorized
from app.domain.numbering_plan import classify_number
from app.domain.phone_number import possible_phone_number
from app.http import problems
from app.http.facade import respond_to
from app.logs import note

_MAX_SHOWN = 200  # characters of a message
_API = "ONE_TIME_PASSWORD_SMS"


class Refusal(NamedTuple):
    """The HTTP status and CAMARA's code of an error; the message, where ours would not fit."""

    status: int
    code: str
    message: str = ""


INVALID_ARGUMENT = Refusal(400, "INVALID_ARGUMENT")
INVALID_OTP = Refusal(400, f"{_API}.INVALID_OTP", "The code is wrong.")
EXPIRED = Refusal(400, f"{_API}.VERIFICATION_EXPIRED", "The code has expired, or was used or replaced.")
FAILED = Refusal(400, f"{_API}.VERIFICATION_FAILED", "Too many wrong codes. Send a new one.")
MAX_CODES = Refusal(403, f"{_API}.MAX_OTP_CODES_EXCEEDED", "Too many codes were sent to this number. Try again later.")
NOT_ALLOWED = Refusal(403, f"{_API}.PHONE_NUMBER_NOT_ALLOWED", "This number does not receive SMS from this service.")
BLOCKED = Refusal(403, f"{_API}.PHONE_NUMBER_BLOCKED", "This number is blocked.")
QUOTA = Refusal(429, "QUOTA_EXCEEDED", "The quota of this client is spent. Try again later.")
_DENIED = Refusal(403, "PERMISSION_DENIED", "The token or this client is not allowed to do this.")
_UNKNOWN = Refusal(404, "NOT_FOUND", "There is no such resource.")
_TOO_MANY = Refusal(429, "TOO_MANY_REQUESTS", "Too many requests. Try again later.")

REFUSALS: dict[type[OtpError], Refusal] = {
    errors.Unauthorized: Refusal(401, "UNAUTHENTICATED", "The access token is missing, invalid or expired."),
    errors.Forbidden: _DENIED,
    errors.InvalidRequest: INVALID_ARGUMENT,
    errors.InvalidPhoneNumber: INVALID_ARGUMENT,
    errors.DestinationNotAllowed: NOT_ALLOWED,
    errors.DestinationBlocked: BLOCKED,
    errors.OptedOut: NOT_ALLOWED,
    errors.HumanCheckRequired: _DENIED,
    errors.HumanCheckFailed: _DENIED,
    errors.IdempotencyKeyReused: INVALID_ARGUMENT,
    errors.NoPendingVerification: _UNKNOWN,
    errors.NoSuchMessage: _UNKNOWN,
    errors.IncorrectCode: INVALID_OTP,
    errors.TooManyAttempts: MAX_CODES,  # a number that waits after wrong codes; `FAILED` when a code is checked
    errors.RateLimited: _TOO_MANY,
    errors.BadReport: Refusal(401, "UNAUTHENTICATED"),
    errors.NotFound: _UNKNOWN,
    errors.TemporarilyUnavailable: Refusal(503, "UNAVAILABLE"),
    problems.MethodNotAllowed: Refusal(405, "METHOD_NOT_ALLOWED", "This path does not support that method."),
    problems.BodyTooLarge: Refusal(400, "INVALID_ARGUMENT", "The body is too large."),
    problems.UnsupportedMediaType: Refusal(415, "UNSUPPORTED_MEDIA_TYPE"),
    problems.InternalError: Refusal(500, "INTERNAL"),
}
_BY_LIMIT = {
    "sends_per_number": MAX_CODES,
    **dict.fromkeys(("sends_per_app", "sends_per_country", "spend_per_app", "spend_per_country"), QUOTA),
}


class CamaraError(InvalidRequest):
    """A refusal that is no other error of ours."""

    def __init__(self, refusal: Refusal, *, retry_after: int | None = None) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
        self.retry_after = retry_after


def number_error(error: InvalidPhoneNumber, text: str) -> OtpError:
    """Return the error of a number that gets no SMS: one that exists is not allowed, any other is a mistake."""
    phone = possible_phone_number(text)
    if phone and classify_number(phone.calling_code, phone.digits[len(phone.calling_code) :])[1]:
        return CamaraError(NOT_ALLOWED)
    return error


def error_response(error: OtpError, request_id: str) -> Response:
    """Return the response of an error, and note our code for the log."""
    note(code=error.code, limit=error.limit if isinstance(error, RateLimited) else "")
    refusal = _refusal_of(error)
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else {}
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    message = _message_of(error, refusal)[:_MAX_SHOWN]
    body = {"status": refusal.status, "code": refusal.code, "message": message}
    return Response(orjson.dumps(body), refusal.status, headers, "application/json")


def handle_error(request: Request, error: Exception) -> Response:
    """Return the response of an error that a route or the router raised."""
    return respond_to(error, lambda found: error_response(found, request.state.request_id))


def _message_of(error: OtpError, refusal: Refusal) -> str:
    """Return what to change, where our own message says it; else CAMARA's meaning of the code."""
    if isinstance(error, Forbidden) and str(error):
        return str(error)
    # Of several mistakes the first is shown: this API has no list of them.
    return refusal.message or (error.errors[0]["detail"] if isinstance(error, InvalidRequest) else str(error))


def _refusal_of(error: OtpError) -> Refusal:
    if isinstance(error, CamaraError):
        return error.refusal
    if isinstance(error, RateLimited):
        return _BY_LIMIT.get(error.limit, _TOO_MANY)
    return REFUSALS[type(error)]
