"""A named ceiling over windows of time, written like `3/10min,5/h,10/d`."""

import re
from dataclasses import dataclass, field

_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_RULE = re.compile(r"^([1-9]\d{0,6})/([1-9]\d{0,5})?(s|min|h|d)$")
MAX_COUNT = 1_000_000
MAX_SECONDS = 30 * 86400


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` in any `seconds`, for each of its rules; no rule means no limit.

    Up to a count of 100 a window is exact, above that at most a sixtieth too strict.
    """

    rules: tuple[tuple[int, int], ...]
    written: str = field(init=False, repr=False, compare=False)
    """The rules as the scripts read them: `count/milliseconds,…`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "written", ",".join(f"{count}/{seconds * 1000}" for count, seconds in self.rules))

    @property
    def is_off(self) -> bool:
        """Tell whether nothing is limited."""
        return not self.rules


OFF = Limit(())


@dataclass(frozen=True, slots=True)
class ClosestLimit:
    """The window of all that were spent which has the least left, so many `seconds` wide."""

    limit: str
    seconds: int
    left: int


def read_limit(text: str) -> Limit:
    """Read a limit as an operator writes it; `off` is none. Counts 1 to 1,000,000, windows 1 s to 30 days."""
    text = text.strip().lower()
    if text == "off":
        return OFF
    rules = []
    for part in text.split(","):
        match = _RULE.match(part.strip())
        count, seconds = (int(match[1]), int(match[2] or 1) * _UNITS[match[3]]) if match else (0, 0)
        if not (1 <= count <= MAX_COUNT and 1 <= seconds <= MAX_SECONDS):
            raise ValueError(
                f"write it like 3/10min,5/h,10/d (units s min h d; 1 to {MAX_COUNT:,} in 1 s to 30 d), or off"
            )
        rules.append((count, seconds))
    if len({seconds for _, seconds in rules}) < len(rules):
        raise ValueError("two counts stand for one window; keep the smaller")
    return Limit(tuple(rules))
