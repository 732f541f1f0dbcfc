"""The ledger of a scenario: what users and a backend asked, saw and got, recorded outside the service.

At the end it lists the broken promises. Asynchronous replication may lose what was answered shortly before another
server became the primary: what a scenario declares as such an interval is reported, and is not a failure.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_RECOVERED = 10  # calls in a row
REQUESTED, APPROVED = "verification.requested", "verification.approved"


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call: when it began and ended (seconds), its status (0 without a response), and its code or failure.

    `is_expected` is False for what a user of a healthy service does not see.
    """

    began: float
    ended: float
    status: int
    code: str
    is_expected: bool

    @property
    def is_failure(self) -> bool:
        """Return whether the service could not answer: no response, or 5xx."""
        return self.status == 0 or self.status >= 500


@dataclass(slots=True)
class Login:
    """One user who proves a number: the request of a code, its SMS, its checks, its proof and its events."""

    number: str
    ids: set[str] = field(default_factory=set)  # of the verifications that its one Idempotency-Key got
    accepted_at: float | None = None
    granted: int = 0  # guesses that the service allows for its code
    answered: list[tuple[float, float]] = field(default_factory=list)  # calls with a response below 500
    sms: list[float] = field(default_factory=list)
    unsure: int = 0  # calls of the vendor without a clear response: the service may send once more for each
    wrong: list[int] = field(default_factory=list)  # `attempts_left` of each answer to a wrong code
    attempts_left: int | None = None  # at the end
    is_kept: bool | None = None  # whether the verification could be read at the end
    proofs: set[str] = field(default_factory=set)  # `jti` of each proof that was issued
    is_right_code_refused: bool = False
    redeemed: int = 0  # answers that a proof is active, by different calls
    events: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # type -> ids

    @property
    def is_accepted(self) -> bool:
        return bool(self.ids)


@dataclass(frozen=True, slots=True)
class Interval:
    """From `began` to `ended`, in seconds."""

    began: float
    ended: float

    def overlaps(self, began: float, ended: float) -> bool:
        return began <= self.ended and self.began <= ended


class Ledger:
    """Collects calls, logins and faults; all times are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.logins: list[Login] = []
        self.faults: list[Interval] = []  # each may cause one more SMS of what was in flight
        self.may_lose: list[Interval] = []  # what was answered meanwhile may be gone
        self.healed: list[float] = []  # when the cause of a fault was gone, such as the end of an election
        self.bugs: list[str] = []  # of the service's log

    def errors(self) -> Counter[tuple[int, str]]:
        """Count what users saw and would not have seen from a healthy service, by status and code."""
        return Counter((call.status, call.code) for call in self.calls if not call.is_expected)

    def recovery_s(self) -> float:
        """Return how long after its cause was gone a fault lasted for users, in seconds; the longest."""
        return max((self._recovery(healed) for healed in self.healed), default=0.0)

    def _recovery(self, healed: float) -> float:
        """Return it for one fault: until the first response of so many in a row that are no failure.

        In a row, because one of several processes may recover before the others.
        """
        until = min((fault.began for fault in self.faults if fault.began > healed), default=float("inf"))
        calls = sorted((call for call in self.calls if healed < call.began < until), key=lambda call: call.ended)
        in_a_row: list[Call] = []
        for call in calls:
            in_a_row = [] if call.is_failure else [*in_a_row, call]
            if len(in_a_row) == _RECOVERED:
                break
        if not calls:
            return 0.0
        return (in_a_row[0] if in_a_row else calls[-1]).ended - healed

    def duplicates(self) -> int:
        """Count the SMS beyond the first of each login."""
        return sum(max(0, len(login.sms) - 1) for login in self.logins)

    def slowest_sms_s(self) -> float:
        """Return the longest time from the 202 to the first SMS, in seconds."""
        waits = [login.sms[0] - login.accepted_at for login in self.logins if login.sms and login.accepted_at]
        return max(waits, default=0.0)

    def broken(self) -> Counter[str]:
        """Count the broken promises by name."""
        return Counter(name for name, is_excused in self._judge() if not is_excused)

    def lost_by_design(self) -> Counter[str]:
        """Count by name the promises that were broken within `may_lose`."""
        return Counter(name for name, is_excused in self._judge() if is_excused)

    def _judge(self) -> Iterator[tuple[str, bool]]:
        for login in self.logins:
            is_excused = any(lost.overlaps(*call) for lost in self.may_lose for call in login.answered)
            for name, count in self._promises_broken_to(login).items():
                for _ in range(count):
                    yield name, is_excused
        for _ in self.bugs:
            yield "bug", False
        for call in self.calls:
            if call.status == 500:
                yield "status 500", False

    def _promises_broken_to(self, login: Login) -> Counter[str]:
        """Count by name what must not happen, and happened to one user."""
        repeated = len(login.wrong) - len(set(login.wrong))
        not_counted = 0 if login.attempts_left is None else login.attempts_left + len(login.wrong) - login.granted
        lost_events = login.is_accepted and not login.events.get(REQUESTED)
        lost_approvals = bool(login.proofs) and not login.events.get(APPROVED)
        counts = {
            "accepted and lost": login.is_accepted and not login.sms,
            "record lost": login.is_accepted and login.is_kept is False,
            "excess SMS": max(0, len(login.sms) - 1 - self._allowed_duplicates(login)),
            "second verification": max(0, len(login.ids) - 1),
            "double approval": max(0, len(login.proofs) - 1),
            "double redemption": max(0, login.redeemed - 1),
            "uncounted guess": max(0, repeated, not_counted),
            "right code refused": login.is_right_code_refused,
            "lost event": lost_events + lost_approvals,
            "repeated event": sum(len(ids) > 1 for ids in login.events.values()),
        }
        return Counter({name: int(count) for name, count in counts.items() if count})

    def _allowed_duplicates(self, login: Login) -> int:
        """Return how many faults may have left the outcome of this SMS unknown."""
        if not login.sms:
            return 0
        return login.unsure + count_overlapping(self.faults, login.sms[0], login.sms[-1])


def count_overlapping(intervals: Iterable[Interval], began: float, ended: float) -> int:
    """Count the intervals that overlap one."""
    return sum(interval.overlaps(began, ended) for interval in intervals)
