"""`otp jobs`: jobs that failed for good."""

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

app = typer.Typer(help="Jobs that failed for good: list, replay, drop.", no_args_is_help=True)
Ids = Annotated[list[str], typer.Argument(help="One or more, as `otp jobs list` shows them.", metavar="ID")]
_HEAD = ("id", "buried", "queue", "why", "tries", "what it was about")
_MOST = 100


@app.command("list", epilog="Example: otp jobs list | grep no_credit")
def show() -> None:
    """List the oldest 100, with the reason.

    Its columns: id, when it was buried (UTC), queue, reason, tries, and the names that it was about.
    """
    from app.services.admin import list_jobs

    with show_spinner("Reading the dead letters"):
        letters = run_on_redis(lambda container, _: list_jobs(container.dead_letters))
    if not letters:
        print_hint("None.")
        return
    show_rows(_HEAD, [_row(letter) for letter in letters])
    if len(letters) == _MOST:
        print_hint("There may be more: these are the oldest 100.")


@app.command("replay", epilog="Example: otp jobs list | grep no_credit | cut -f1 | xargs otp jobs replay")
def replay(ids: Ids) -> None:
    """Give them another life; an SMS whose code has ended is dropped, not sent.

    Exit code 1 when one is not there; the others are replayed all the same.
    """
    from app.services.admin import replay_job

    _each(ids, replay_job, "replayed")


@app.command("drop", epilog="Example: otp jobs drop 1795000000000-0")
def drop(ids: Ids) -> None:
    """Forget them.

    Exit code 1 when one is not there; the others are dropped all the same.
    """
    from app.services.admin import drop_job

    _each(ids, drop_job, "dropped")


def _row(letter: DeadLetter) -> list[str]:
    buried = datetime.fromtimestamp(letter.at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    names = " ".join(f"{name}={value}" for name, value in letter.names.items() if value)
    return [letter.id, buried, letter.queue, letter.why, str(letter.tries), names]


def _each(ids: list[str], act: Callable[[str, DeadLetters], Awaitable[bool]], done: str) -> None:
    """Do it to each, and count; one that is not there is named, and stops no other."""
    missing: list[str] = []

    with show_spinner("Reading the settings") as spinner:

        async def run(container: Container, _: Settings) -> None:
            for number, id in enumerate(ids, 1):
                spinner.update(f"{number} of {len(ids)}")
                if not await act(id, container.dead_letters):
                    missing.append(id)

        run_on_redis(run)
    out.print(f"{len(ids) - len(missing)} {done}.")
    print_error(*(f"There is no job {id}. Look with `otp jobs list`." for id in missing))
    if missing:
        raise typer.Exit(FAILED)
