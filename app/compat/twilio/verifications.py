"""The operations on verifications: start (first or again), check, fetch, cancel."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from starlette.responses import Response

from app.compat.twilio import answers
from app.compat.twilio.accounts import Service
from app.compat.twilio.errors import MAX_CHECKS, TwilioError, invalid_parameter, number_error
from app.compat.twilio.parameters import (
    Parameters,
    read_code,
    read_device_ip,
    read_locale,
    read_names,
    read_subjects,
    read_target,
    refuse_other_features,
    require_sms,
    required,
)
from app.compat.twilio.sids import verification_id
from app.compat.twilio.texts import write_text
from app.container import Container
from app.domain.address import Address
from app.domain.code import clean_digits
from app.domain.errors import IncorrectCode, InvalidPhoneNumber, NoPendingVerification, TooManyAttempts
from app.domain.number_search import FoundNumber, NumberSearch
from app.domain.request_context import IdempotencyScope, RequestContext
from app.domain.verification import (
    CodeCheck,
    CodeRequest,
    PendingVerification,
    ResendRequest,
    Send,
    State,
    Verification,
)
from app.settings.model import Settings

PROOF_HEADER = "Otp-Proof"
_STATUSES = {"canceled", "approved"}
_SIMULTANEOUS_S = 60  # seconds; not longer than the shortest lifetime of a code


@dataclass(frozen=True, slots=True, repr=False)
class Call:
    """One call of an operation, with its parameters; `target` is the sid or the number of the path."""

    service: Service
    key: str  # the id of the token
    settings: Settings
    container: Container
    parameters: Parameters
    target: str
    request_id: str
    traceparent: str

    @property
    def base(self) -> str:
        """The URL of the facade."""
        return f"{self.container.public_url}/twilio/v2"

    def context(self, address: Address | None = None, scope: str = "") -> RequestContext:
        """Return the context of an act; with `scope`, a second call of that scope gets the first one's answer."""
        return RequestContext(
            self.service.app,
            is_backend=True,
            address=address,
            key=self.key,
            idempotency=IdempotencyScope(scope, "", seconds=_SIMULTANEOUS_S) if scope else None,
            request_id=self.request_id,
            traceparent=self.traceparent,
        )


async def start(call: Call) -> Response:
    """Send a code; where one of the number is pending, send that one again: same sid, same code, same text."""
    parameters, purpose = call.parameters, call.service.purpose
    to = required(parameters, "To")
    require_sms(parameters)
    names, languages, subjects = read_names(parameters), read_locale(parameters), read_subjects(parameters)
    address = read_device_ip(parameters, call.container.private)
    found = await _search(call, to)
    app, country = call.service.app, found.phone.country
    text = write_text(names, app, call.settings, purpose=purpose, languages=languages, country=country)
    known = _of_purpose(found, purpose)
    pending = _newest(known, State.PENDING)
    if pending and (sent := await _resend(call, pending, address)):
        return _started(call, sent)
    request = CodeRequest(
        call.context(address, _scope_of_start(call, found, known)),
        to,
        None,
        purpose,
        None,
        _now(call).date(),
        subjects=subjects,
        languages=languages,
        text=text,
    )
    return _started(call, _new_verification(await call.container.request_code(request)))


async def check(call: Call) -> Response:
    """Check a code by number or by sid. A wrong one is no error; the proof of a right one is in a header."""
    parameters = call.parameters
    refuse_other_features(parameters)
    code = read_code(parameters)
    target = read_target(parameters)
    verification = await _find_open(call, target)
    if len(digits := clean_digits(code)) != call.service.app.policy.code_length or not digits.isdecimal():
        if verification.state is State.LOCKED:
            raise TwilioError(MAX_CHECKS)
        return answers.answer(answers.check_body(verification, call.service, is_right=False))
    purposes = frozenset({call.service.purpose})
    if verification_id(target):
        guess = CodeCheck(call.context(), code, purposes, verification_id=verification.id)
    else:
        guess = CodeCheck(call.context(), code, purposes, phone_number=target)
    try:
        approval = await call.container.verify_code(guess)
    except IncorrectCode:
        return answers.answer(answers.check_body(verification, call.service, is_right=False))
    except TooManyAttempts as refused:
        raise TwilioError(MAX_CHECKS, retry_after=refused.retry_after) from None
    # What was read before is shown: another read could fail, and the code is used up. The right one may be another one
    # of a number that our own API sent several codes to.
    right = approval.verification
    approved = replace(verification, id=right.id, state=State.APPROVED, ended_at=right.approved_at)
    body = answers.check_body(approved, call.service, is_right=True)
    return answers.answer(body, headers={PROOF_HEADER: approval.proof})


async def fetch(call: Call) -> Response:
    """Show a verification that is pending, or that has no checks left; every other one is not found, as at Twilio."""
    verification = await _find_open(call, call.target, is_path=True)
    return answers.answer(answers.verification_body(verification, call.service, call.base))


async def update(call: Call) -> Response:
    """Cancel a pending verification.

    `approved` is refused: with it the caller vouches for a number, and there would be nothing to prove.
    """
    status = required(call.parameters, "Status")
    if status not in _STATUSES:
        raise invalid_parameter("Status")
    if status == "approved":
        raise invalid_parameter("Status", "this service approves by a code only")
    verification = await _find_open(call, call.target, is_path=True)
    await call.container.cancel_verification(verification.id, call.service.app)
    canceled = replace(verification, state=State.CANCELED, ended_at=_now_ms(call))
    return answers.answer(answers.verification_body(canceled, call.service, call.base))


async def _resend(call: Call, pending: Verification, address: Address | None) -> Verification | None:
    """Send the code of a pending verification again; None where it has ended meanwhile."""
    request = ResendRequest(call.context(address), pending.id, frozenset({call.service.purpose}))
    try:
        resent = await call.container.resend_code(request)
    except NoPendingVerification:
        return None
    return replace(pending, sends=[*pending.sends, Send(resent.now)])


async def _find_open(call: Call, target: str, *, is_path: bool = False) -> Verification:
    """Find what a sid or a number means: what is pending, or has no checks left and has not expired.

    Raises `NoPendingVerification` where there is none.
    """
    now = _now_ms(call)
    if id := verification_id(target):
        found = [await call.container.get_verification(id, call.service.app)]
        known = [one for one in found if one.purpose == call.service.purpose]
    else:
        known = _of_purpose(await _search(call, target, is_path=is_path), call.service.purpose)
    locked = _newest([one for one in known if one.expires_at > now], State.LOCKED)
    verification = _newest(known, State.PENDING) or locked
    if verification is None:
        raise NoPendingVerification
    return verification


async def _search(call: Call, number: str, *, is_path: bool = False) -> FoundNumber:
    """Find the verifications of a number; raises `NoPendingVerification` for a path that is none."""
    search = NumberSearch(call.service.app, number, None, _now(call).date())
    try:
        return await call.container.search_verifications(search)
    except InvalidPhoneNumber as error:
        raise (NoPendingVerification() if is_path else number_error(error, number)) from None


def _of_purpose(found: FoundNumber, purpose: str) -> list[Verification]:
    """Return the verifications of a number for a purpose, the newest first."""
    return [one for one in found.verifications if one.purpose == purpose]


def _newest(verifications: Sequence[Verification], state: State) -> Verification | None:
    return next((one for one in verifications if one.state is state), None)


def _scope_of_start(call: Call, found: FoundNumber, known: Sequence[Verification]) -> str:
    """Name what two simultaneous starts have in common, so that the second sends no second SMS.

    Both know the same newest verification; a later start knows the one that the first has made.
    """
    newest = known[0].id if known else ""
    return f"twilio|{call.service.app.name}|{call.service.purpose}|{found.phone.e164}|{newest}"


def _new_verification(pending: PendingVerification) -> Verification:
    return Verification(
        id=pending.id,
        state=State.PENDING,
        phone=pending.phone,
        purpose=pending.purpose,
        reference=None,
        created_at=pending.now,
        expires_at=pending.expires_at,
        ended_at=None,
        attempts_left=pending.attempts_left,
        sends_left=pending.sends_left,
        sends=[Send(pending.now)],
    )


def _started(call: Call, verification: Verification) -> Response:
    return answers.answer(answers.verification_body(verification, call.service, call.base), 201)


def _now(call: Call) -> datetime:
    return datetime.fromtimestamp(call.container.clock(), UTC)


def _now_ms(call: Call) -> int:
    return int(call.container.clock() * 1000)
