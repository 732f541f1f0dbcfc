"""An operator's policies for codes, numbers and limits, as services use them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.guard import GUARD_OFF, GuardPolicy
from app.domain.limits import Limits
from app.domain.phone_number import NumberRules


@dataclass(frozen=True, slots=True, repr=False)
class TestNumber:
    """A number that gets no SMS and always has the same code, until a day; `repr()` does not show it."""

    __test__ = False  # pytest collects classes named Test…

    code: str
    until: date  # the last day on which it works, UTC


@dataclass(frozen=True, slots=True)
class Policy:
    """The policies of one app. Durations are seconds."""

    code_length: int
    code_lifetime: int
    attempts: int
    resend_new_code: bool
    resend_cooldown: int
    sends_per_verification: int
    limits: Limits
    failure_watch: bool
    numbers: NumberRules
    keep: int
    test_numbers: Mapping[str, TestNumber]
    guard: GuardPolicy = GUARD_OFF

    def test_number(self, e164: str, day: date) -> TestNumber | None:
        """Return the test number for a number if it still works on that day, or None."""
        test = self.test_numbers.get(e164)
        return test if test and day <= test.until else None
