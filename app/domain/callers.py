"""The kinds of caller that limits tell apart, and how much of an app's limit each may use."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.limit import Limit


class CallerKind(StrEnum):
    """Who requests an SMS: limits and shares of limits count some kinds only."""

    DEVICE = "device"
    """A caller with a valid device token of this app and number, until its trust is spent."""
    BACKEND = "backend"
    """A secret key without a device token."""
    STRANGER = "stranger"
    """A publishable key without a device token, and a secret key of an app that relays the calls of browsers."""


EVERYONE = frozenset(CallerKind)
NOT_DEVICES = EVERYONE - {CallerKind.DEVICE}
DEVICES = frozenset({CallerKind.DEVICE})


_DAY, _HOUR = 86_400, 3_600
_HOURLY_PART = 4


@dataclass(frozen=True, slots=True)
class LimitShare:
    """How much of an app's limit some kinds of caller may use together; at most a quarter of a day's in one hour."""

    key: str
    percent: int
    callers: frozenset[CallerKind]

    def rules(self, limit: Limit) -> list[tuple[int, int]]:
        """Return the share of each rule of the limit, one at least."""
        return [(max(1, count * self.percent // 100), seconds) for count, seconds in limit.rules]

    def hourly_rules(self, limit: Limit) -> list[tuple[int, int]]:
        """Return at most how much of a day's share may be used in one hour; nothing where the limit has no day."""
        return [(max(1, count // _HOURLY_PART), _HOUR) for count, seconds in self.rules(limit) if seconds == _DAY]
