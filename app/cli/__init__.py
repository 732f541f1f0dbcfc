"""The command `otp`: one file for each family of commands."""

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from app.cli import doctor, events, gateways, guard, init, jobs, keys, messages, numbers, run_commands, send_test, text
from app.cli.help import EPILOG, INSPECT, OPERATE, RUN, Groups
from app.cli.output import is_terminal
from app.cli.run import out

_MIN_RICH_WIDTH, _MAX_WIDTH = 60, 80  # columns: below 60, boxes truncate words; above 80, lines are hard to read

app = typer.Typer(
    name="otp",
    cls=Groups,
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # `main` enables rich help on a terminal
)
app.command("init", rich_help_panel=RUN, epilog=init.EXAMPLE)(init.init)
app.command("dev", rich_help_panel=RUN, epilog=run_commands.DEV_EXAMPLE)(run_commands.dev)
app.command("serve", rich_help_panel=RUN, epilog=run_commands.SERVE_EXAMPLE)(run_commands.serve)
app.command("worker", rich_help_panel=RUN, epilog=run_commands.WORKER_EXAMPLE)(run_commands.worker)
app.command("doctor", rich_help_panel=INSPECT, epilog=doctor.EXAMPLE)(doctor.doctor)
app.command("send-test", rich_help_panel=INSPECT, epilog=send_test.EXAMPLE)(send_test.send_test)
app.add_typer(gateways.app, name="gateways", cls=Groups, rich_help_panel=INSPECT)
app.add_typer(text.app, name="text", cls=Groups, rich_help_panel=INSPECT)
app.add_typer(events.app, name="events", cls=Groups, rich_help_panel=OPERATE)
app.add_typer(guard.app, name="guard", cls=Groups, rich_help_panel=OPERATE)
app.add_typer(jobs.app, name="jobs", cls=Groups, rich_help_panel=OPERATE)
app.add_typer(keys.app, name="keys", cls=Groups, rich_help_panel=OPERATE)
app.add_typer(messages.app, name="messages", cls=Groups, rich_help_panel=OPERATE)
app.add_typer(numbers.app, name="numbers", cls=Groups, rich_help_panel=OPERATE)


def _print_version(wanted: bool) -> None:  # noqa: FBT001  the signature of a Typer callback
    if wanted:
        from importlib import metadata

        out.print(f"otp {metadata.version('otp')}")
        raise typer.Exit


@app.callback()
def otp(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Verify phone numbers by SMS."""


def main() -> None:
    """Run `otp`, with rich help on a wide terminal; replace characters that the output encoding lacks."""
    app.rich_markup_mode = "rich" if is_terminal() and out.width >= _MIN_RICH_WIDTH else None
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    app(terminal_width=min(out.width, _MAX_WIDTH))
