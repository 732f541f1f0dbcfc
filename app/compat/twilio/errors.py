"""Errors as Twilio writes them: a numeric code, a message, a link and the HTTP status, and nothing more.

Twilio's SDKs take a body with `type` and `title`, as RFC 9457 has them, for another kind of error, which existing code
does not catch.
"""

from typing import NamedTuple

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.domain import errors
from app.domain.errors import InvalidPhoneNumber, InvalidRequest, OtpError, RateLimited, Unauthorized
from app.domain.numbering_plan import classify_number
from app.domain.phone_number import NEEDS_COUNTRY, possible_phone_number
from app.http import problems
from app.http.facade import respond_to
from app.logs import note

_MAX_SHOWN = 200  # characters of a message


class Refusal(NamedTuple):
    """Twilio's code for an error, its HTTP status, and its message."""

    number: int
    status: int
    message: str


INVALID_PARAMETER = 60200
CHANNEL_DISABLED = Refusal(60223, 400, "Delivery channel disabled")
NOT_SUPPORTED = Refusal(60204, 403, "Service does not support this feature")
CUSTOM_CODE = Refusal(60204, 403, "Custom code not allowed")
LANDLINE = Refusal(60205, 403, "SMS is not supported by landline phone number")
MAX_CHECKS = Refusal(60202, 429, "Max check attempts reached")
MAX_SENDS = Refusal(60203, 429, "Max send attempts reached")
_NOT_FOUND = 20404
_TOO_MANY = Refusal(20429, 429, "Too many requests")
_BLOCKED = "Verification delivery attempt blocked"

REFUSALS: dict[type[OtpError], Refusal] = {
    errors.Unauthorized: Refusal(20003, 401, "Authenticate"),
    errors.Forbidden: Refusal(20403, 403, "Forbidden"),
    errors.InvalidRequest: Refusal(INVALID_PARAMETER, 400, "Invalid parameter"),
    errors.InvalidPhoneNumber: Refusal(INVALID_PARAMETER, 400, "Invalid parameter `To`"),
    errors.DestinationNotAllowed: Refusal(60605, 403, f"{_BLOCKED}: the country of the number is not open"),
    errors.DestinationBlocked: Refusal(60410, 403, _BLOCKED),
    errors.OptedOut: Refusal(60410, 403, _BLOCKED),
    errors.HumanCheckRequired: Refusal(20403, 403, "Forbidden"),
    errors.HumanCheckFailed: Refusal(20403, 403, "Forbidden"),
    errors.IdempotencyKeyReused: Refusal(60212, 429, "Too many concurrent requests for phone number"),
    errors.NoPendingVerification: Refusal(_NOT_FOUND, 404, "The requested resource was not found"),
    errors.NoSuchMessage: Refusal(_NOT_FOUND, 404, "The requested resource was not found"),
    errors.IncorrectCode: Refusal(INVALID_PARAMETER, 400, "Invalid parameter: Code"),
    errors.TooManyAttempts: _TOO_MANY,
    errors.RateLimited: _TOO_MANY,
    errors.BadReport: Refusal(20003, 401, "Authenticate"),
    errors.NotFound: Refusal(_NOT_FOUND, 404, "The requested resource was not found"),
    errors.TemporarilyUnavailable: Refusal(20429, 503, "Service unavailable, try again later"),
    problems.MethodNotAllowed: Refusal(20004, 405, "Method not allowed"),
    problems.BodyTooLarge: Refusal(INVALID_PARAMETER, 413, "The body is too large"),
    problems.UnsupportedMediaType: Refusal(INVALID_PARAMETER, 415, "Send application/x-www-form-urlencoded"),
    problems.InternalError: Refusal(20500, 500, "Internal server error"),
}
_LIMITS_OF_SENDS = {"sends_per_verification", "sends_per_number"}
_EXPLAINED = {errors.InvalidRequest, errors.Forbidden}  # what to change is in our own message


class TwilioError(InvalidRequest):
    """A refusal that has no other error of ours; `refusal` is its code, status and message.

    `detail` follows the message, after a colon.
    """

    def __init__(self, refusal: Refusal, detail: str = "", *, retry_after: int | None = None) -> None:
        self.refusal = refusal._replace(message=_join(refusal.message, detail))
        super().__init__(self.refusal.message)
        self.retry_after = retry_after


def invalid_parameter(name: str, why: str = "") -> TwilioError:
    """Return the error for a parameter that is missing or malformed; its value is not shown."""
    # `Code` is written without quotes: clients compare these two messages.
    shown = f"Invalid parameter: {name}" if name == "Code" else f"Invalid parameter `{name}`"
    return TwilioError(Refusal(INVALID_PARAMETER, 400, shown), why)


def number_error(error: InvalidPhoneNumber, text: str) -> TwilioError:
    """Return the error for a number that gets no SMS; Twilio uses another code for landlines."""
    phone = possible_phone_number(text)
    if phone and classify_number(phone.calling_code, phone.digits[len(phone.calling_code) :])[1] == "fixed_line":
        return TwilioError(LANDLINE)
    # Twilio's API has no country beside a number.
    is_national = str(error) == NEEDS_COUNTRY
    return invalid_parameter("To", "start it with + and its country code" if is_national else str(error))


def error_response(error: OtpError, request_id: str, *, path: str = "") -> Response:
    """Return the response of an error, and note our code for the log; `path` is what was not found."""
    limit = error.limit if isinstance(error, RateLimited) else ""
    refusal = _refusal_of(error)
    note(code=error.code, limit=limit)
    message = refusal.message
    if path and refusal.number == _NOT_FOUND:
        message = f"The requested resource {path} was not found"
    if type(error) in _EXPLAINED:
        message = _join(message, str(error.errors[0]["detail"] if isinstance(error, InvalidRequest) else error))
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else {}
    if limit and refusal is _TOO_MANY:
        headers["Twilio-Reached-Rate-Limit"] = limit
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = 'Basic realm="otp"'
    body = {
        "code": refusal.number,
        "message": message[:_MAX_SHOWN],
        "more_info": f"https://www.twilio.com/docs/errors/{refusal.number}",
        "status": refusal.status,
    }
    return Response(orjson.dumps(body), refusal.status, headers, "application/json")


def handle_error(request: Request, error: Exception) -> Response:
    """Return the response of an error that a route or the router raised."""
    shown = request.url.path.partition("/twilio")[2].removeprefix("/v2")
    return respond_to(error, lambda found: error_response(found, request.state.request_id, path=shown))


def _join(message: str, detail: str) -> str:
    return f"{message}: {detail}" if detail else message


def _refusal_of(error: OtpError) -> Refusal:
    if isinstance(error, TwilioError):
        return error.refusal
    if isinstance(error, RateLimited) and error.limit in _LIMITS_OF_SENDS:
        return MAX_SENDS
    return REFUSALS[type(error)]
