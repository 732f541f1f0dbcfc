"""Runs a kind of week against `otp guard replay`, or against nothing, and returns its figures."""

import heapq
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tests.fraud.attack_weeks import ATTACKS, Scene
from tests.fraud.honest_weeks import DAY, HONEST, Week
from tests.fraud.protocol import OpenService, ReplayError, ReplayProcess, Service
from tests.fraud.scoring import Figures, score
from tests.fraud.simulation import Run
from tests.support.redis_server import run_redis_server

DEFENCES = {"limits": ("--only", "limits"), "guard": ("--only", "guard"), "both": ()}
"""What is on, by the names of the table, and the options of `otp guard replay` for it."""


def _scene(make: Callable[[str, float], Week], seed: str, size: float) -> Scene:
    week = make(seed, size)
    return Scene(week, since=(week.days - 7) * DAY)


APP_BUDGET = 4
"""`sends_per_app`, which operators decide: this many times the usual sittings of a day."""

KINDS: dict[str, Callable[[str, float], Scene]] = {
    **{name: partial(_scene, make) for name, make in HONEST.items()},
    **ATTACKS,
}
"""All kinds of weeks, by the names of the table."""


@dataclass(frozen=True)
class Trial:
    """One run: a kind of week with its seed and its sittings a day, and the defence."""

    kind: str
    seed: str
    size: float
    defence: str
    redis: str | None = None
    """The URL of a store; None for the embedded one."""

    constants: tuple[str, ...] = ()
    """Constants of the guard's script with another value, like `GUARD_UNPROVEN=8`."""

    human_check: str = "on"


@dataclass(frozen=True)
class Evaluated:
    """A trial with its figures, or why it failed."""

    trial: Trial
    figures: Figures
    error: str = ""


def play(scene: Scene, seed: str, service: Service) -> Figures:
    """Play a week against a service."""
    attacks = sorted((attack.sitting(seed) for attack in scene.attacks), key=lambda sitting: sitting.start)
    sittings = heapq.merge(scene.week.sittings(), attacks, key=lambda sitting: sitting.start)
    return score(Run(service).play(sittings), scene.harmed, scene.since)


def evaluate(trial: Trial) -> Figures:
    """Run a trial in a process of its own."""
    scene = KINDS[trial.kind](trial.seed, trial.size)
    if trial.defence == "none":
        return play(scene, trial.seed, OpenService())
    with ReplayProcess(command_of(trial), {"OTP_LIMIT_SENDS_PER_APP": f"{APP_BUDGET * trial.size:.0f}/d"}) as process:
        return play(scene, trial.seed, process)


def command_of(trial: Trial) -> Sequence[str]:
    """Return the command that a trial talks to."""
    start = [sys.executable, "-m", "tests.fraud.changed_constants", *trial.constants, "--"] if trial.constants else None
    command = [*(start or [str(Path(sys.executable).with_name("otp"))]), "guard", "replay", *DEFENCES[trial.defence]]
    store = ["--redis", trial.redis] if trial.redis else []
    return [*command, "--mode", "enforce", "--human-check", trial.human_check, *store]


def evaluate_all(trials: Sequence[Trial], workers: int, *, on_redis: bool) -> Iterator[Evaluated]:
    """Run trials, several at a time, each with a tag of one Redis that starts and stops here, and yield each."""
    with ExitStack() as stack:
        url = stack.enter_context(run_redis_server()) if on_redis else None
        pool = stack.enter_context(ProcessPoolExecutor(workers))
        yield from pool.map(_try, [replace(trial, redis=url) for trial in trials])


def _try(trial: Trial) -> Evaluated:
    try:
        return Evaluated(trial, evaluate(trial))
    except ReplayError as error:
        return Evaluated(trial, Figures(), str(error))
