"""Limits: at most so many, or so much money, in a window of time, written like `3/10min,5/h,10/d`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from app.domain.prices import MILLION

_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_RULE = re.compile(r"^([0-9.]{1,10})/([1-9]\d{0,5})?(s|min|h|d)$")
_COUNT = re.compile(r"[1-9]\d{0,6}")
_MONEY = re.compile(r"\d{1,7}(\.\d{1,2})?")
MAX_COUNT = 1_000_000
MAX_MONEY = 1_000_000
MAX_SECONDS = 30 * 86400


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` in any `seconds`, for each rule; no rule means no limit. Of money, counts are millionths.

    Up to a count of 100 a window is exact; above that it is at most a sixtieth too strict.
    """

    rules: tuple[tuple[int, int], ...]

    @property
    def is_off(self) -> bool:
        """Return whether nothing is limited."""
        return not self.rules

    def times(self, factor: int) -> "Limit":
        """Return the limit with each count multiplied."""
        return Limit(tuple((count * factor, seconds) for count, seconds in self.rules))


OFF = Limit(())


@dataclass(frozen=True, slots=True)
class ClosestLimit:
    """The counted window with the least left; it is `seconds` wide."""

    limit: str
    seconds: int
    left: int


def read_limit(text: str) -> Limit:
    """Parse a limit; `off` is no limit. Counts are 1 to 1,000,000, windows 1 s to 30 days. Raises `ValueError`."""
    return _read_rules(text, _read_count, f"3/10min,5/h,10/d (units s min h d; 1 to {MAX_COUNT:,} in 1 s to 30 d)")


def read_money_limit(text: str) -> Limit:
    """Parse a limit of money, like `12.50/h,50/d`; amounts are 0.01 to 1,000,000. Raises `ValueError`."""
    return _read_rules(text, _read_amount, f"12.50/h,50/d (units s min h d; 0.01 to {MAX_MONEY:,} in 1 s to 30 d)")


def _read_rules(text: str, read: Callable[[str], int], form: str) -> Limit:
    """Parse the rules; `read` returns 0 for what is no count."""
    text = text.strip().lower()
    if text == "off":
        return OFF
    rules = []
    for rule in text.split(","):
        match = _RULE.match(rule.strip())
        count, seconds = (read(match[1]), int(match[2] or 1) * _UNITS[match[3]]) if match else (0, 0)
        if not (count and 1 <= seconds <= MAX_SECONDS):
            raise ValueError(f"write it like {form}, or off")
        rules.append((count, seconds))
    if len({seconds for _, seconds in rules}) < len(rules):
        raise ValueError("one window has two counts; keep the smaller")
    return Limit(tuple(rules))


def _read_count(text: str) -> int:
    count = int(text) if _COUNT.fullmatch(text) else 0
    return count if count <= MAX_COUNT else 0


def _read_amount(text: str) -> int:
    amount = Decimal(text) if _MONEY.fullmatch(text) else Decimal(0)
    return int(amount * MILLION) if amount <= MAX_MONEY else 0
