"""What an operator decided about codes, numbers and limits, as the acts need it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.limit import Limit


@dataclass(frozen=True, slots=True, repr=False)
class TestNumber:
    """A number that gets no SMS and always the same code, until a day; it does not print itself."""

    __test__ = False  # pytest takes classes named Test… for tests

    code: str
    until: date  # the last day on which it works, UTC


@dataclass(frozen=True, slots=True, eq=False)  # a key of what is remembered of it: one is the same as itself alone
class Limits:
    """The windows of each limit that is counted in Redis; none of them counts a test number's sends."""

    sends_per_number: Limit
    sends_per_address: Limit
    checks_per_address: Limit
    sends_per_subject: Limit
    sends_per_app: Limit
    sends_per_country: Limit


@dataclass(frozen=True, slots=True)
class Policy:
    """Durations are seconds; `countries` is None when all are open."""

    code_length: int
    code_lifetime: int
    attempts: int
    resend_new_code: bool
    resend_cooldown: int
    sends_per_verification: int
    limits: Limits
    failure_watch: bool
    countries: frozenset[str] | None
    voip: bool
    keep: int
    test_numbers: Mapping[str, TestNumber]

    def test_number(self, e164: str, day: date) -> TestNumber | None:
        """Find a test number that still works on that day."""
        test = self.test_numbers.get(e164)
        return test if test and day <= test.until else None
