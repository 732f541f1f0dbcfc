"""The fraud guard: its policy, and what it decides about one send."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

MILLIONTHS = 1_000_000
BLOCK_DIGITS, RANGE_DIGITS = 4, 7
"""How many last digits a number has beyond its block, and beyond its operator's range."""


class GuardMode(StrEnum):
    """What the guard does with its decisions."""

    OFF = "off"
    """It judges nothing and keeps no statistics."""
    MONITOR = "monitor"
    """It decides, logs, counts and sends events, and refuses nothing."""
    ENFORCE = "enforce"
    """It refuses."""


class GuardDecision(StrEnum):
    """What the guard decides about one send."""

    ALLOW = "allow"
    CHALLENGE = "challenge"
    """The caller must pass a human check."""
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """The settings of the guard."""

    mode: GuardMode = GuardMode.OFF
    new_country: float = 2.0
    """Money that a country without approvals may cost, in the currency of the prices."""
    block_for: int = 3600
    """Seconds that a block is stopped at first; the time doubles each time, up to a day."""

    @property
    def fact(self) -> str:
        """Return the policy as the scripts read it; "" where the guard is off."""
        if self.mode is GuardMode.OFF:
            return ""
        return f"{self.mode} {round(self.new_country * MILLIONTHS)} {self.block_for}"


GUARD_OFF = GuardPolicy()


@dataclass(frozen=True, slots=True)
class GuardVerdict:
    """A decision, the mode in which it was made, and the evidence: words that the page about the guard explains."""

    decision: GuardDecision
    mode: GuardMode
    evidence: tuple[str, ...] = ()
    block: str = ""  # the name of the number's block
    range: str = ""

    @property
    def refuses(self) -> bool:
        """Return whether the send was refused."""
        return self.mode is GuardMode.ENFORCE and self.decision is not GuardDecision.ALLOW


@lru_cache(maxsize=64)  # nearly all are "allow" and the mode
def read_verdict(text: str) -> GuardVerdict | None:
    """Read a verdict as the scripts write it; None where the guard judged nothing."""
    if not text:
        return None
    decision, mode, *rest = text.split(" ")
    evidence, block, range = rest or ("", "", "")
    return GuardVerdict(
        GuardDecision(decision), GuardMode(mode), tuple(filter(None, evidence.split(","))), block, range
    )
