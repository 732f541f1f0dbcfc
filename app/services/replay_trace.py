"""Replay a trace: run the scripts of production for each line, with the time of the trace."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from app.domain.app import App
from app.domain.errors import (
    DestinationBlocked,
    HumanCheckRequired,
    NoPendingVerification,
    OtpError,
    RateLimited,
    TemporarilyUnavailable,
)
from app.domain.guard import GuardDecision
from app.domain.human_check import HumanCheckResult, HumanCheckState
from app.domain.jobs import ReportJob, SendJob
from app.domain.message import Accepted
from app.domain.phone_number import PhoneNumber
from app.domain.request_context import RequestContext
from app.domain.status import Status
from app.domain.trace import TracedOutcome, TracedRequest, TraceId, TraceOutcome
from app.domain.verification import CodeCheck, NewVerification, PendingVerification, ResendRequest
from app.store.code_checks import Candidate, CodeChecks
from app.store.messages import Messages
from app.store.resends import Resends
from app.store.verifications import Verifications

GATEWAY = "replay"
_KEY_ID, _RIGHT, _WRONG = "r", b"right", b"wrong"
_SECRET = _KEY_ID.encode() + b":" + bytes(16) + _RIGHT
_TOKEN_LIFETIME = 300


@dataclass(slots=True)
class Decision:
    """What one request got: `allow`, `challenge`, `block` or `limit`, with the error's code and what caused it."""

    id: TraceId
    decision: str
    code: str | None = None
    limit: str | None = None
    evidence: tuple[str, ...] = ()


@dataclass(slots=True)
class _Replayed:
    """A request of the trace, its last decision, and the verification and send that it became."""

    request: TracedRequest
    decision: Decision
    verification: str = ""
    send: int = 1
    message: str = ""


@dataclass(slots=True)
class ReplayTrace:
    """Replays one trace on an empty store.

    `app_of` builds an app by its name, `tick` sets the clock to seconds since the start, `take_jobs` takes off the jobs
    that nobody runs here, and `cost_of` returns what an SMS of an app to a country costs, in millionths. With
    `has_human_check`, callers with a publishable key can show a human check.
    """

    verifications: Verifications
    resends: Resends
    checks: CodeChecks
    messages: Messages
    take_jobs: Callable[[], Awaitable[None]]
    app_of: Callable[[str], App]
    tick: Callable[[float], None]
    cost_of: Callable[[App, str], int]
    has_human_check: bool
    counts: Counter[str] = field(default_factory=Counter)
    _replayed: dict[TraceId, _Replayed] = field(default_factory=dict)
    _approved_at: dict[tuple[str, str], int] = field(default_factory=dict)  # app and number -> milliseconds

    async def request(self, request: TracedRequest) -> Decision:
        """Run one request; an id that was used before names the new one from now on."""
        self.counts["requests"] += 1
        self.tick(request.at)
        replayed = _Replayed(request, Decision(request.id, GuardDecision.ALLOW))
        self._replayed[request.id] = replayed
        return await self._decide(replayed, has_passed=request.human)

    async def outcome(self, outcome: TracedOutcome) -> Decision | None:
        """Note what became of a request; only a human check that was solved is decided about."""
        self.counts["outcomes"] += 1
        self.tick(outcome.at)
        replayed = self._replayed.get(outcome.id)
        if replayed is None:
            self.counts["unknown_ids"] += 1
            return None
        if outcome.outcome is TraceOutcome.PASSED:
            if replayed.decision.decision != GuardDecision.CHALLENGE:
                return replayed.decision
            return await self._decide(replayed, has_passed=True)
        if not replayed.verification:
            self.counts["unknown_ids"] += 1
            return None
        if outcome.outcome in {TraceOutcome.APPROVED, TraceOutcome.WRONG}:
            await self._check(replayed, is_right=outcome.outcome is TraceOutcome.APPROVED)
        else:
            await self._report(replayed, Status(outcome.outcome), outcome.at)
        return None

    async def _decide(self, replayed: _Replayed, *, has_passed: bool) -> Decision:
        request = replayed.request
        await self.take_jobs()
        human_check = self._human_check(request, has_passed=has_passed)
        try:
            pending = await self._send(replayed, human_check)
        except TemporarilyUnavailable:
            raise
        except OtpError as refused:
            replayed.decision = _refused(request.id, refused)
        else:
            evidence = pending.guard.evidence if pending.guard else ()
            replayed.decision = Decision(request.id, GuardDecision.ALLOW, evidence=evidence)
            replayed.verification = pending.id
        self.counts[replayed.decision.decision] += 1
        return replayed.decision

    async def _send(self, replayed: _Replayed, human_check: HumanCheckState) -> PendingVerification:
        """Request a code; or a resend, where the earlier request was let through and still waits for its code."""
        request = replayed.request
        app = self.app_of(request.app)
        call = RequestContext(app, is_backend=request.is_backend, address=request.address)
        earlier = self._replayed.get(request.resend) if request.resend is not None else None
        if earlier and earlier.verification and earlier.request.is_to_same_number(request):
            try:
                resend = ResendRequest(call, earlier.verification, frozenset())
                pending = await self.resends.resend(resend, human_check, secret=b"")
            except NoPendingVerification:
                pass  # as a form does, which then asks for a new code
            else:
                replayed.send = call.app.policy.sends_per_verification - pending.sends_left
                return pending
        phone = PhoneNumber(request.number, request.number[1:2], request.country)
        earned = self._approved_at.get((request.app, request.number)) if request.device else None
        self.counts["verifications"] += 1
        new = NewVerification(
            id=f"vf_replay{self.counts['verifications']}",
            phone=phone,
            purpose=request.purpose,
            reference=None,
            secret=_SECRET,
            device_since=earned,
            cost=self.cost_of(app, request.country) if request.cost is None else request.cost,
        )
        return await self.verifications.save(new, call, human_check)

    def _human_check(self, request: TracedRequest, *, has_passed: bool) -> HumanCheckState:
        if has_passed:
            self.counts["human_checks"] += 1
            return HumanCheckState(HumanCheckResult(f"replay-{self.counts['human_checks']}", _TOKEN_LIFETIME))
        can_show = self.has_human_check and not request.is_backend
        return HumanCheckState(required="if_suspicious" if can_show else "")

    async def _check(self, replayed: _Replayed, *, is_right: bool) -> None:
        request = replayed.request
        call = RequestContext(self.app_of(request.app), is_backend=request.is_backend, address=request.address)
        candidate = Candidate(replayed.verification, [(_KEY_ID, _RIGHT if is_right else _WRONG)])
        try:
            approved = await self.checks.check([candidate], CodeCheck(call, "", frozenset()))
        except TemporarilyUnavailable:
            raise
        except OtpError:
            self.counts["checks_refused"] += is_right
        else:
            self._approved_at[request.app, request.number] = approved.approved_at

    async def _report(self, replayed: _Replayed, status: Status, at: float) -> None:
        """Report a message; it is opened and accepted at the time of its request, as a worker would have done."""
        if not replayed.message:
            self.tick(replayed.request.at)
            id = f"ms_{replayed.verification}_{replayed.send}"
            job = SendJob(replayed.verification, replayed.send)
            try:
                await self.messages.open(
                    job, message_id=id, gateway=GATEWAY, by=id, tried=0, why="", country=replayed.request.country
                )
                await self.messages.record_outcome(Accepted(id), message_id=id, gateway=GATEWAY)
            except NoPendingVerification:
                pass  # it was approved meanwhile: its reports change nothing
            replayed.message = id
            self.tick(at)
        await self.messages.apply(ReportJob(GATEWAY, replayed.message, "", "", status, status, ""))


def _refused(id: TraceId, refused: OtpError) -> Decision:
    if refused.guard:
        return Decision(id, refused.guard.decision, refused.code, evidence=refused.guard.evidence)
    if isinstance(refused, HumanCheckRequired):
        return Decision(id, GuardDecision.CHALLENGE, refused.code)
    if isinstance(refused, DestinationBlocked):
        return Decision(id, GuardDecision.BLOCK, refused.code)
    limit = refused.limit if isinstance(refused, RateLimited) else None
    return Decision(id, "limit", refused.code, limit)
