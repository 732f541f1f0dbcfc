"""`otp jobs`: jobs that failed for good."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from app.cli.common import FAILED, err, out, run_on_redis
from app.services.operate import drop_job, list_jobs, replay_job

app = typer.Typer(help="Jobs that failed for good: list, replay, drop.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="As `otp jobs list` shows it.", metavar="ID")]


@app.command("list")
def show() -> None:
    """List them, oldest first, with the reason."""
    letters = run_on_redis(lambda tools, _: list_jobs(tools.dead_letters))
    if not letters:
        out.print("None.")
        return
    for letter in letters:
        at = datetime.fromtimestamp(letter.at / 1000, UTC).isoformat(timespec="seconds")
        out.print(f"{letter.id}  {letter.queue}  {letter.why}  buried {at} after {letter.tries} tries", markup=False)
        for name, value in letter.names.items():
            if value:
                out.print(f"  {name} {value}", markup=False)


@app.command("replay")
def replay(id: Id) -> None:
    """Give one another life; an SMS whose code has ended is dropped, not sent."""
    _report(run_on_redis(lambda tools, _: replay_job(id, tools.dead_letters)), "Replayed.")


@app.command("drop")
def drop(id: Id) -> None:
    """Forget one."""
    _report(run_on_redis(lambda tools, _: drop_job(id, tools.dead_letters)), "Dropped.")


def _report(found: bool, done: str) -> None:  # noqa: FBT001  the answer of the act, handed on
    if not found:
        err.print("✗ There is no such job. Look with `otp jobs list`.")
        raise typer.Exit(FAILED)
    out.print(done)
