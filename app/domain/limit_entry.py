"""What the table of limits has of each limit: its name, what it counts, and for whom."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.callers import EVERYONE, CallerKind, LimitShare


class Counted(StrEnum):
    """What a limit counts."""

    CODES = "sends of codes"
    MESSAGES = "messages without a code"
    SENDS = "all sends"
    TEST_SENDS = "sends of test numbers"
    APPROVED_SENDS = "sends that first approvals refund"
    WRONG_CODES = "wrong codes"
    CALLS = "calls without a secret key"
    REFUSED_REPORTS = "reports that are refused"
    CHECKS = "checks"


class Fact(StrEnum):
    """What a limit has a window for: each value has its own, and a request without a value is not counted.

    A value becomes the end of a Redis key: it is an HMAC or from a closed set, and has no spaces. Several values are
    separated by one: those of an address from the narrowest to the widest. A record stores all but the address, for
    resends and checks.
    """

    NUMBER = "name"
    ADDRESS = "address_keys"
    SUBJECT = "subject"
    APP = "app"
    COUNTRY = "country"


class Unit(StrEnum):
    """How a limit is written."""

    WINDOWS = "windows"
    """Counts in windows of time, like `3/10min,5/h`, or `off`."""

    MONEY = "money"
    """Amounts of `OTP_CURRENCY` in windows of time, like `50/d`, or `off`."""

    COUNT = "count"
    """One whole number."""

    SWITCH = "switch"
    """On or off."""


@dataclass(frozen=True, slots=True)
class LimitEntry:
    """One limit: its name in settings, headers and responses, its default, what it counts and what it protects."""

    name: str
    default: str | int | bool | None
    """As an operator writes it; None where production requires a decision."""

    counts: Counted
    protects: str
    """Its description in the table of settings."""

    unit: Unit = Unit.WINDOWS
    most: int = 1_000_000
    """The largest count; the smallest is 1."""

    key: str = ""
    """Its key in Redis; the value of `fact` is appended."""

    fact: Fact | None = None

    callers: frozenset[CallerKind] = EVERYONE
    """The kinds of caller that the limit counts."""

    device_key: str = ""
    """The key of the second budget of the same size, which known devices have; `key` then counts all others."""

    all_apps_factor: int = 0
    """Its count over all apps, as a multiple of that of one app; 0 where it does not count by app."""

    shares: tuple[LimitShare, ...] = ()
    """The parts of its count that some callers may use at most."""

    proven_factor: int = 1
    """How many times its count a number that was approved before may use, with a human check."""

    is_refunded: bool = False
    """Whether an approval refunds what its verification has counted."""

    is_warned: bool = False
    """Whether a warning is logged, and an event sent, when half and when four fifths of it are spent."""

    is_per_app: bool = False
    """Whether an app may have its own figure; false where apps share the count."""

    @property
    def is_per_address(self) -> bool:
        """Return whether it counts by address, in Redis or in a process."""
        return self.name.endswith("_per_address")

    @property
    def setting(self) -> str:
        """Return the name of its setting, without `OTP_` and in lower case."""
        return self.name if self.unit is Unit.SWITCH else f"limit_{self.name}"
