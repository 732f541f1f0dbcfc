"""`otp jobs`: list, replay and drop jobs that failed permanently."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.output import show_rows, show_spinner
from app.cli.run import FAILED, out, print_error, print_hint, run_on_redis

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.container import Container
    from app.settings.model import Settings
    from app.store.dead_letters import DeadLetter, DeadLetters

app = typer.Typer(help="Jobs that failed permanently: list, replay, drop.", no_args_is_help=True)
Ids = Annotated[list[str], typer.Argument(help="One or more ids from `otp jobs list`.", metavar="ID")]
_HEADER = ("id", "failed", "queue", "reason", "tries", "ids in the job")
_LIST_LIMIT = 100


@app.command("list", epilog="Example: otp jobs list | grep no_credit")
def show() -> None:
    """List the oldest 100 failed jobs, with the reason.

    Columns: id, time of the failure (UTC), queue, reason, tries, and the ids in the job.
    """
    from app.services.admin import list_jobs

    with show_spinner("Reading the dead letters"):
        dead_letters = run_on_redis(lambda container, _: list_jobs(container.dead_letters))
    if not dead_letters:
        print_hint("None.")
        return
    show_rows(_HEADER, [_row(dead_letter) for dead_letter in dead_letters])
    if len(dead_letters) == _LIST_LIMIT:
        print_hint("There may be more: these are the oldest 100.")


@app.command("replay", epilog="Example: otp jobs list | grep no_credit | cut -f1 | xargs otp jobs replay")
def replay(ids: Ids) -> None:
    """Queue failed jobs again; an SMS whose code has expired is dropped, not sent.

    Exit code 1 when one does not exist; the others are still replayed.
    """
    from app.services.admin import replay_job

    _for_each_job(ids, "replay_job", replay_job, "replayed")


@app.command("drop", epilog="Example: otp jobs drop 1795000000000-0")
def drop(ids: Ids) -> None:
    """Delete failed jobs.

    Exit code 1 when one does not exist; the others are still dropped.
    """
    from app.services.admin import drop_job

    _for_each_job(ids, "drop_job", drop_job, "dropped")


def _row(dead_letter: DeadLetter) -> list[str]:
    failed_at = datetime.fromtimestamp(dead_letter.at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    names = " ".join(f"{name}={value}" for name, value in dead_letter.names.items() if value)
    return [dead_letter.id, failed_at, dead_letter.queue, dead_letter.why, str(dead_letter.tries), names]


def _for_each_job(ids: list[str], name: str, act: Callable[[str, DeadLetters], Awaitable[bool]], done: str) -> None:
    """Apply `act` to each job and count; report a missing job, and continue."""
    from app.cli.audit import Audit

    missing: list[str] = []

    with show_spinner("Reading the settings") as spinner:

        async def run(container: Container, settings: Settings) -> None:
            audit = Audit(container, settings, spinner)
            for number, id in enumerate(ids, 1):
                spinner.update(f"{number} of {len(ids)}")
                if not await audit.record_change(name, act(id, container.dead_letters), job=id):
                    missing.append(id)

        run_on_redis(run)
    out.print(f"{len(ids) - len(missing)} {done}.")
    print_error(*(f"There is no job {id}. See `otp jobs list`." for id in missing))
    if missing:
        raise typer.Exit(FAILED)
