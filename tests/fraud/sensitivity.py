"""How the guard's figures move when each of its constants is halved and doubled."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from tests.fraud.changed_constants import guard_constants
from tests.fraud.evaluation import Evaluated, Trial
from tests.fraud.scoring import Figures
from tests.fraud.table import total

SENSITIVE = ("launch", "opened", "outage", "poor", "wide", "home", "faked", "moving", "spread", "pumped")
"""The kinds whose figures are closest to their goals."""


STORAGE = ("GUARD_MAX_EVIDENCE", "GUARD_EVENT_S", "GUARD_SAMPLES", "GUARD_MAX_BLOCKS", "GUARD_MAX_FIELDS")
"""Constants that bound what is stored and how often events come: a week of these sizes reaches none of the bounds."""

UNCHANGED = "nothing"


def sensitivity_trials(
    constants: Sequence[str], kinds: Sequence[str], seeds: Sequence[str], size: float
) -> dict[str, list[Trial]]:
    """Return the trials of each row of the table: nothing changed, then each constant halved and doubled.

    Raises `KeyError` for a constant that the scripts do not have.
    """
    numbers = {name: _product(value) for name, value in guard_constants().items()}
    changes = [(), *((f"{name}={numbers[name] * by:g}",) for name in constants for by in (0.5, 2))]
    return {
        change[0] if change else UNCHANGED: [
            Trial(kind, seed, size, "guard", constants=change) for kind in kinds for seed in seeds
        ]
        for change in changes
    }


def deciding_constants() -> list[str]:
    """Return the constants that take part in a decision."""
    return [name for name in guard_constants() if name not in STORAGE]


def sensitivity_table(rows: Mapping[str, Sequence[Trial]], evaluated: Iterable[Evaluated]) -> Iterator[str]:
    """Yield the lines of a table, each as soon as its trials have ended: a row for each change, a column for each kind.

    A cell is the share of the attack's cost that is stopped, the share of people refused, and that of people
    challenged, in percent; that of an honest week has no first part. A kind of which a trial failed has an empty cell.
    """
    ended = iter(evaluated)
    kinds = list(dict.fromkeys(trial.kind for trial in rows[UNCHANGED]))
    yield f"| changed | {' | '.join(kinds)} |"
    yield "| --- |" + " --- |" * len(kinds)
    for name, trials in rows.items():
        of_row = list(islice(ended, len(trials)))
        failed = {one.trial.kind for one in of_row if one.error}
        sums = total(of_row)
        cells = ("" if kind in failed else _cell(sums[kind, "guard"]) for kind in kinds)
        yield f"| {name} | {' | '.join(cells)} |"


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
