"""Limits: at most so many in a window of time, written like `3/10min,5/h,10/d`."""

import re
from dataclasses import dataclass

_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_RULE = re.compile(r"^([1-9]\d{0,6})/([1-9]\d{0,5})?(s|min|h|d)$")
MAX_COUNT = 1_000_000
MAX_SECONDS = 30 * 86400


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` in any `seconds`, for each rule; no rule means no limit.

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
    text = text.strip().lower()
    if text == "off":
        return OFF
    rules = []
    for rule in text.split(","):
        match = _RULE.match(rule.strip())
        count, seconds = (int(match[1]), int(match[2] or 1) * _UNITS[match[3]]) if match else (0, 0)
        if not (1 <= count <= MAX_COUNT and 1 <= seconds <= MAX_SECONDS):
            raise ValueError(
                f"write it like 3/10min,5/h,10/d (units s min h d; 1 to {MAX_COUNT:,} in 1 s to 30 d), or off"
            )
        rules.append((count, seconds))
    if len({seconds for _, seconds in rules}) < len(rules):
        raise ValueError("one window has two counts; keep the smaller")
    return Limit(tuple(rules))
