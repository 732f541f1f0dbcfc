"""The two operations: send a code, and validate one."""

from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from starlette.responses import Response

from app.compat.camara.bodies import SendCodeBody, ValidateCodeBody
from app.compat.camara.errors import EXPIRED, FAILED, INVALID_OTP, CamaraError, number_error
from app.compat.camara.texts import read_text, registered_locale
from app.container import Container
from app.domain.app import App
from app.domain.code import clean_digits
from app.domain.errors import InvalidPhoneNumber, InvalidRequest, NoPendingVerification, TooManyAttempts
from app.domain.number_search import NumberSearch
from app.domain.request_context import RequestContext
from app.domain.verification import CodeCheck, CodeRequest, PendingVerification, State
from app.settings.apps import CamaraSettings
from app.settings.model import Settings

PROOF_HEADER = "Otp-Proof"


@dataclass(frozen=True, slots=True, repr=False)
class Call:
    """One call of an operation: its app, what the app may do here, and the ids that its log lines carry."""

    app: App
    key: str
    client: CamaraSettings
    settings: Settings
    container: Container
    request_id: str
    traceparent: str

    @property
    def purpose(self) -> str:
        """Return the purpose of the app's verifications."""
        return self.client.purpose

    @property
    def context(self) -> RequestContext:
        """Return the context of an act."""
        return RequestContext(self.app, key=self.key, request_id=self.request_id, traceparent=self.traceparent)


async def send_code(call: Call, body: SendCodeBody) -> Response:
    """Send a code; end what was pending for that number and purpose."""
    locale, text = registered_locale(body.message, call.app, call.purpose), ""
    if locale is None:
        if not call.client.free_text:
            raise InvalidRequest("message: it is none of the texts that are registered for this client.")
        text = read_text(body.message, call.app, call.settings)
    request = CodeRequest(
        call.context,
        body.phone_number,
        None,
        call.purpose,
        None,
        _now(call).date(),
        languages=(locale,) if locale else (),
        text=text,
    )
    try:
        pending = await call.container.request_code(request)
    except InvalidPhoneNumber as error:
        raise number_error(error, body.phone_number) from None
    await _end_older(call, pending)
    return Response(orjson.dumps({"authenticationId": pending.id}), media_type="application/json")


async def validate_code(call: Call, body: ValidateCodeBody) -> Response:
    """Check a code. The proof of a right one is in a header, since the response has no body."""
    id, length = body.authentication_id, call.app.policy.code_length
    digits = clean_digits(body.code)
    if len(digits) != length or not digits.isdecimal():  # not a code of ours, so it costs no attempt
        raise await _refusal_of(call, id)
    check = CodeCheck(call.context, body.code, frozenset({call.purpose}), verification_id=id)
    try:
        approval = await call.container.verify_code(check)
    except NoPendingVerification:
        raise await _refusal_of(call, id) from None
    except TooManyAttempts as refused:
        raise CamaraError(FAILED, retry_after=refused.retry_after) from None
    return Response(status_code=204, headers={PROOF_HEADER: approval.proof})


async def _end_older(call: Call, pending: PendingVerification) -> None:
    """Cancel what is pending for the number and purpose, and older than this verification.

    Of two simultaneous sends the newer one stays, whichever arrives here first.
    """
    search = NumberSearch(call.app, pending.phone.e164, None, _now(call).date())
    found = await call.container.search_verifications(search)
    for other in found.verifications:
        is_older = (other.created_at, other.id) < (pending.now, pending.id)
        if is_older and other.purpose == call.purpose and other.state is State.PENDING:
            try:
                await call.container.cancel_verification(other.id, call.app)
            except NoPendingVerification:
                continue  # it has ended meanwhile


async def _refusal_of(call: Call, id: str) -> CamaraError:
    """Return why no code is right for this id, within the app that has it; raises `NoPendingVerification` for others.

    An id has 128 random bits, so this reveals nothing to a caller that guesses.
    """
    verification = await call.container.get_verification(id, call.app)
    if verification.purpose != call.purpose:
        raise NoPendingVerification
    if verification.state is State.LOCKED:
        return CamaraError(FAILED)
    return CamaraError(INVALID_OTP if verification.state is State.PENDING else EXPIRED)


def _now(call: Call) -> datetime:
    return datetime.fromtimestamp(call.container.clock(), UTC)
