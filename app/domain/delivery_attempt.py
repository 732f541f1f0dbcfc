"""What is remembered of one call of a gateway: who was asked for which message, and what came of it."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.status import Reason, Status

_ON_ITS_WAY = {Status.SENT, Status.BUFFERED, Status.DELIVERED}


class Outcome(StrEnum):
    """How a call ended."""

    IN_PROGRESS = "in_hand"
    """It has not ended; where its worker is dead, nobody knows whether the SMS went out."""

    ABANDONED = "left"
    """Its worker died, or broke off, and nobody will hear how it ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One message of a send, as the next one is decided by; `job` is the one that made the call."""

    message_id: str
    gateway: str
    outcome: Outcome
    status: Status = Status.UNKNOWN
    reason: Reason | None = None
    job: str = ""

    @property
    def is_in_transit(self) -> bool:
        """Tell whether the vendor has it, by its answer or by a report, and has not given it up."""
        return self.status in _ON_ITS_WAY

    @property
    def has_failed(self) -> bool:
        """Tell whether the vendor said that it will not arrive."""
        return self.status.is_failure

    @property
    def is_uncertain(self) -> bool:
        """Tell whether it may have been sent, and nothing was heard since."""
        return self.outcome in {Outcome.UNSURE, Outcome.IN_PROGRESS, Outcome.ABANDONED} and not (
            self.is_in_transit or self.has_failed
        )

    @property
    def concerns_number(self) -> bool:
        """Tell whether it failed for the number's sake, so that every gateway would say the same."""
        return self.has_failed and self.reason is not None and self.reason.concerns_number
