"""The record of one call of a gateway for one message, and its outcome."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.gateway import Bug, GatewayError, Refused, Unreachable, Unsure
from app.domain.message import Accepted
from app.domain.status import Reason, Status

_ON_ITS_WAY = {Status.SENT, Status.BUFFERED, Status.DELIVERED}


class Outcome(StrEnum):
    """The outcome of a call."""

    IN_PROGRESS = "in_progress"
    """It has not ended; if its worker is dead, the SMS may or may not have been sent."""

    ABANDONED = "left"
    """Its worker died or stopped, and the outcome will never be known."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    UNSURE = "unsure"
    BUG = "bug"
    """Unsure because of a bug of ours, which each further call would meet again."""

    @classmethod
    def _missing_(cls, value: object) -> "Outcome":
        """Read an outcome that a newer version has stored as one that is not known."""
        return cls.ABANDONED


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One message of a send, as the choice of the next gateway needs it; `job` is the job that made the call."""

    message_id: str
    gateway: str
    outcome: Outcome
    status: Status = Status.UNKNOWN
    reason: Reason | None = None
    job: str = ""

    @property
    def is_in_transit(self) -> bool:
        """Return whether the vendor accepted it, by response or report, and has not reported a failure."""
        return self.status in _ON_ITS_WAY

    @property
    def has_failed(self) -> bool:
        """Return whether the vendor reported that it will not arrive."""
        return self.status.is_failure

    @property
    def is_uncertain(self) -> bool:
        """Return whether it may have been sent and nothing was reported since."""
        return self.outcome in {Outcome.UNSURE, Outcome.BUG, Outcome.IN_PROGRESS, Outcome.ABANDONED} and not (
            self.is_in_transit or self.has_failed
        )

    @property
    def concerns_number(self) -> bool:
        """Return whether it failed because of the number, so that every gateway would refuse it."""
        return self.has_failed and self.reason is not None and self.reason.concerns_number


def describe_outcome(outcome: Accepted | GatewayError) -> tuple[Outcome, Status, str, str]:
    """Return a gateway's outcome as a history entry: outcome, status, the gateway's own word, reason."""
    match outcome:
        case Accepted():
            return Outcome.ACCEPTED, Status.SENT, "accepted", ""
        case Refused():
            return Outcome.REFUSED, Status.FAILED, outcome.word or "refused", outcome.reason
        case Unreachable():
            return Outcome.UNREACHABLE, Status.UNKNOWN, outcome.word or "unreachable", outcome.reason
        case Bug():
            return Outcome.BUG, Status.UNKNOWN, outcome.word, ""
        case Unsure():
            return Outcome.UNSURE, Status.UNKNOWN, outcome.word or "unsure", outcome.reason
        case _:
            raise AssertionError("a gateway error is refused, unreachable or unsure") from outcome
