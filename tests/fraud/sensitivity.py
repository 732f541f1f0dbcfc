"""How the guard's figures move when each of its constants is halved and doubled."""

from collections.abc import Sequence

from tests.fraud.changed_constants import guard_constants
from tests.fraud.evaluation import Trial, evaluate_all
from tests.fraud.scoring import Figures
from tests.fraud.table import total

SENSITIVE = ("launch", "opened", "outage", "poor", "wide", "home", "faked", "moving", "spread", "pumped")
"""The kinds whose figures are closest to their goals."""


def sensitivity_table(kinds: Sequence[str], seeds: Sequence[str], size: float, workers: int) -> str:
    """Return a table: a row for each changed constant, a column for each kind.

    A cell is the share of the attack's cost that is stopped, the share of people refused, and that of people
    challenged, in percent; that of an honest week has no first part.
    """
    changes = [(), *((f"{name}={float(value) * by:g}",) for name, value in _numbers().items() for by in (0.5, 2))]
    trials = [
        Trial(kind, seed, size, "guard", constants=constants)
        for constants in changes
        for kind in kinds
        for seed in seeds
    ]
    evaluated = list(evaluate_all(trials, workers, on_redis=True))
    lines = [f"| changed | {' | '.join(kinds)} |", "| --- |" + " --- |" * len(kinds)]
    per_change = len(kinds) * len(seeds)
    for n, constants in enumerate(changes):
        sums = total(evaluated[n * per_change : (n + 1) * per_change])
        cells = " | ".join(_cell(sums[kind, "guard"]) for kind in kinds)
        lines.append(f"| {constants[0] if constants else 'nothing'} | {cells} |")
    return "\n".join(lines)


def _numbers() -> dict[str, float]:
    return {name: _product(value) for name, value in guard_constants().items()}


def _product(text: str) -> float:
    """Return the value of a constant as written, like `2 * 86400`."""
    value = 1.0
    for factor in text.split("*"):
        value *= float(factor)
    return value


def _cell(figures: Figures) -> str:
    refused = figures.there_share if figures.there else figures.refused_share
    people = f"{refused * 100:.2f} {figures.challenged_share * 100:.2f}"
    return f"{figures.stopped_share * 100:.1f} {people}" if figures.attacks else people
