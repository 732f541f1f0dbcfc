"""What a worker does with a job after its act: complete it, run it again after a wait, or bury it."""

from dataclasses import dataclass, field

from app.domain.status import Status

_WAITS_MS = (500, 1000, 2000, 4000, 8000, 15000, 30000, 60000)


@dataclass(frozen=True, slots=True)
class Completed:
    """The job is done; `what` is the outcome in the log."""

    what: str


@dataclass(frozen=True, slots=True)
class Retry:
    """The job runs again after a wait; `counts` is whether this run counts as a try."""

    what: str
    wait_ms: int
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Bury:
    """The job becomes a dead letter for an operator; `what` is the reason, `is_late` that its time is over."""

    what: str
    is_late: bool = field(default=False, compare=False)


JobResult = Completed | Retry | Bury


def wait_ms(tries: int) -> int:
    """Return how long a job waits after so many tries that failed, in milliseconds: at most a minute."""
    return _WAITS_MS[min(tries, len(_WAITS_MS) - 1)]


def retry_or_bury(what: str, wait_ms: int, *, left_ms: int, counts: bool = True) -> JobResult:
    """Retry in the `left_ms` for which the SMS may still be sent, or bury the job."""
    return Retry(what, wait_ms, counts=counts) if wait_ms < left_ms else Bury(what, is_late=True)


def final_status(result: JobResult) -> Status | None:
    """Return the status of an outgoing message that is never sent again; None if it may be, or was handed over."""
    match result:
        case Completed("dropped") | Bury(is_late=True):
            return Status.EXPIRED
        case Completed("unsure"):
            return Status.UNKNOWN
        case Completed(what) if what.startswith("refused_"):
            return Status.FAILED
        case _:
            return None
