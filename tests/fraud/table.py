"""The table of figures, in text."""

from collections.abc import Iterable, Mapping

from tests.fraud.attack_weeks import ATTACKS
from tests.fraud.evaluation import DEFENCES, Evaluated
from tests.fraud.goals import GOALS
from tests.fraud.scoring import Figures

_HONEST_HEAD = "| honest week | defence | sittings | refused | challenged |\n| --- | --- | --: | --: | --: |"
_ATTACK_HEAD = (
    "| attack | defence | cost stopped | spent before the first stop | first stop after | people refused | challenged "
    "| refused of that country |\n| --- | --- | --: | --: | --: | --: | --: | --: |"
)


def total(evaluated: Iterable[Evaluated]) -> dict[tuple[str, str], Figures]:
    """Return the sum of all seeds by kind and defence; trials that failed are left out."""
    sums: dict[tuple[str, str], Figures] = {}
    for one in evaluated:
        if not one.error:
            name = (one.trial.kind, one.trial.defence)
            sums[name] = sums.get(name, Figures()) + one.figures
    return sums


def markdown(sums: Mapping[tuple[str, str], Figures]) -> str:
    """Return two tables, of honest weeks and of attacks, with a row for each kind and defence."""
    parts = []
    for head, is_attack in ((_HONEST_HEAD, False), (_ATTACK_HEAD, True)):
        kinds = dict.fromkeys(kind for kind, _ in sums if (kind in ATTACKS) is is_attack)
        row = _attack_row if is_attack else _honest_row
        lines = [
            f"| {kind} | {name} | {row(sums[kind, name])} |"
            for kind in kinds
            for name in DEFENCES
            if (kind, name) in sums
        ]
        if lines:
            parts.append("\n".join([head, *lines]))
    return "\n\n".join(parts)


def missed_goals(sums: Mapping[tuple[str, str], Figures]) -> list[str]:
    """Return a line for each goal that the guard alone misses."""
    return [
        f"{kind}: {missed}"
        for (kind, defence), figures in sums.items()
        if defence == "guard" and kind in GOALS
        for missed in GOALS[kind].missed(figures)
    ]


def _honest_row(figures: Figures) -> str:
    shares = (_share(part, figures.sittings) for part in (figures.refused, figures.challenged))
    return " | ".join((f"{figures.sittings:,}", *shares))


def _attack_row(figures: Figures) -> str:
    stops = figures.stop_after
    cells = (
        f"{figures.stopped_share:.1%}",
        f"{_median(figures.stop_cost):.2f} €" if stops else "",
        _duration(_median(stops)) if stops else "never",
        _share(figures.refused, figures.sittings),
        _share(figures.challenged, figures.sittings),
        _share(figures.there_refused, figures.there) if figures.there else "",
    )
    return " | ".join(cells)


def _share(part: int, whole: int) -> str:
    return f"{part / max(1, whole):.2%}" if part else "0"


def _median(values: tuple[float, ...]) -> float:
    return sorted(values)[len(values) // 2]


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
