"""The verdict of the fraud guard, as the scripts that queue an SMS answer it."""

from app.domain.errors import DestinationBlocked, HumanCheckRequired, OtpError
from app.domain.guard import GuardDecision, GuardVerdict, read_verdict
from app.logs import log
from app.metrics.table import GUARD_DECISIONS


def note_verdict(text: bytes, app: str) -> GuardVerdict | None:
    """Count a verdict of the fraud guard, and log one that is not to allow; None where it judged nothing."""
    verdict = read_verdict(text.decode())
    if verdict is None:
        return None
    GUARD_DECISIONS.count(verdict.decision, verdict.mode)
    if verdict.decision is not GuardDecision.ALLOW:
        evidence = ",".join(verdict.evidence)
        facts = {"decision": verdict.decision, "mode": verdict.mode, "evidence": evidence}
        log.warning("guard_decision", app=app, **facts, block=verdict.block, range=verdict.range)
    return verdict


def guard_refusal(text: bytes, work: int, app: str) -> OtpError:
    """Return the error for a refusal of the guard; `work` is what a human check must take that answers a challenge."""
    verdict = note_verdict(text, app)
    is_challenged = verdict is not None and verdict.decision is GuardDecision.CHALLENGE
    refused = HumanCheckRequired(work=work) if is_challenged else DestinationBlocked()
    refused.guard = verdict
    return refused
