"""`python -m tests.fraud`: evaluate limits and fraud guard on generated weeks, and print the tables.

`--help` lists the options; with `--sensitivity` the table shows how the figures of the guard move when each of its
constants is halved and doubled. The figures of one seed and size are the same in each run.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from itertools import chain

from tests.fraud.evaluation import DEFENCES, KINDS, Evaluated, Trial, evaluate_all
from tests.fraud.sensitivity import SENSITIVE, deciding_constants, sensitivity_table, sensitivity_trials
from tests.fraud.table import markdown, missed_goals, total


def main() -> None:
    """Read the options, run, and print."""
    options = _parser().parse_args()
    seeds, sizes = options.seeds.split(","), [float(size) for size in options.sizes.split(",")]
    if options.sensitivity:
        names = options.constants or deciding_constants()
        rows = sensitivity_trials(names, options.kinds or SENSITIVE, seeds, sizes[0])
        trials = list(chain.from_iterable(rows.values()))
        evaluated = evaluate_all(trials, options.workers, on_redis=not options.embedded)
        for line in sensitivity_table(rows, _watch(evaluated, len(trials))):
            _show(line)
            sys.stdout.flush()
        return
    trials = [
        Trial(kind, seed, size, defence, human_check=options.human_check)
        for kind in options.kinds or KINDS
        for defence in options.defences
        for size in sizes
        for seed in seeds
    ]
    evaluated = list(_watch(evaluate_all(trials, options.workers, on_redis=not options.embedded), len(trials)))
    sums = total(evaluated)
    _show(markdown(sums), "")
    if options.reasons:
        _show(
            *(f"{' '.join(name)}: {dict(one.why_attack)}, people {dict(one.why_people)}" for name, one in sums.items())
        )
    _show(*missed_goals(sums))
    sys.exit(any(one.error for one in evaluated))


def _watch(evaluated: Iterable[Evaluated], count: int) -> Iterator[Evaluated]:
    """Write a line to stderr for each run that has ended."""
    for n, one in enumerate(evaluated, 1):
        trial, figures = one.trial, one.figures
        people = f"{figures.refused} refused and {figures.challenged} challenged of {figures.sittings}"
        result = one.error or f"{people}, {figures.there_refused} refused of {figures.there} there"
        stopped = f"stopped {figures.stopped_share:.1%}, " if figures.attacks else ""
        name = " ".join((trial.kind, trial.defence, trial.seed, f"{trial.size:.0f}", *trial.constants))
        sys.stderr.write(f"{n} of {count}: {name}: {stopped}{result}\n")
        yield one


def _show(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _parser() -> argparse.ArgumentParser:
    def names(text: str) -> list[str]:
        return text.split(",")

    parser = argparse.ArgumentParser(prog="python -m tests.fraud")
    parser.add_argument("--kinds", type=names, help=f"of {', '.join(KINDS)}; all by default")
    parser.add_argument("--seeds", default="1,2", help="names of the seeds; the figures are sums over them")
    parser.add_argument("--sizes", default="600", help="honest sittings a day; each seed runs with each")
    parser.add_argument("--defences", type=names, default=list(DEFENCES), help=f"of {', '.join(DEFENCES)}")
    parser.add_argument("--workers", type=int, default=2, help="runs at a time")
    parser.add_argument("--human-check", default="on", choices=["on", "off"])
    parser.add_argument("--embedded", action="store_true", help="use the embedded store, which is slower")
    parser.add_argument("--reasons", action="store_true", help="print why requests were stopped")
    parser.add_argument("--sensitivity", action="store_true", help="halve and double each constant of the guard")
    parser.add_argument("--constants", type=names, help="with --sensitivity: these only, like GUARD_UNPROVEN")
    return parser


if __name__ == "__main__":
    main()
