"""What the fraud guard alone must reach in each kind of week, in `enforce`."""

from dataclasses import dataclass

from tests.fraud.attack_weeks import ATTACKS
from tests.fraud.honest_weeks import HONEST
from tests.fraud.scoring import Figures


@dataclass(frozen=True)
class Goal:
    """Shares between 0 and 1; None where there is no goal."""

    stopped: float | None = None
    """Of the attack's cost, at least."""

    refused: float | None = None
    """Of honest sittings, at most."""

    challenged: float | None = None
    there: float | None = None
    """Refused of the attacked country's sittings, at most."""

    def missed(self, figures: Figures) -> list[str]:
        """Return what is missed, in words."""
        atmost = (
            ("refused", self.refused, figures.refused_share),
            ("challenged", self.challenged, figures.challenged_share),
            ("refused of that country", self.there, figures.there_share),
        )
        missed = [
            f"{name} {share:.3%}, at most {goal:.2%}"
            for name, goal, share in atmost
            if goal is not None and share > goal
        ]
        if self.stopped is not None and figures.stopped_share < self.stopped:
            missed.append(f"stopped {figures.stopped_share:.1%}, at least {self.stopped:.0%}")
        return missed


_HONEST = Goal(refused=0.0002, challenged=0.002)
_MOST = Goal(stopped=0.95)

GOALS: dict[str, Goal] = {
    **dict.fromkeys(HONEST, _HONEST),
    **dict.fromkeys(("fast", "drip", "wide", "residential", "mixed", "faked"), _MOST),
    "home": Goal(stopped=0.97, there=0.002),
    "typed": Goal(stopped=0.85),
    "warmed": Goal(stopped=0.85),
    "farmed": Goal(stopped=0.6),
    "moving": Goal(stopped=0.6, refused=0.01),
    "spread": Goal(stopped=0.6, there=0.05),
    "pumped": Goal(stopped=0.6, there=0.05),
}
"""By the names of the table; a kind without a goal is shown only."""

WITHOUT_GOAL = set(ATTACKS) - set(GOALS)
