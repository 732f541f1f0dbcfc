"""The command `otp`: one file for each family of commands."""

import sys
from importlib import metadata
from io import TextIOWrapper
from typing import Annotated

import typer

from app.cli import doctor, gateways, init, jobs, keys, numbers, send_test, text
from app.cli import run_commands as start
from app.cli.help import EPILOG, LOOK, OPERATE, RUN, Groups
from app.cli.output import is_terminal
from app.cli.run import out

_NARROW, _WIDE = 60, 80  # columns: in fewer, boxes would cut words off; in more, lines are hard to follow

app = typer.Typer(
    name="otp",
    cls=Groups,
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # `main` knows whether a person reads it
)
app.command("init", rich_help_panel=RUN, epilog=init.EXAMPLE)(init.init)
app.command("dev", rich_help_panel=RUN, epilog=start.DEV_EXAMPLE)(start.dev)
app.command("serve", rich_help_panel=RUN, epilog=start.SERVE_EXAMPLE)(start.serve)
app.command("worker", rich_help_panel=RUN, epilog=start.WORKER_EXAMPLE)(start.worker)
app.command("doctor", rich_help_panel=LOOK, epilog=doctor.EXAMPLE)(doctor.doctor)
app.command("send-test", rich_help_panel=LOOK, epilog=send_test.EXAMPLE)(send_test.send_test)
app.add_typer(gateways.app, name="gateways", cls=Groups, rich_help_panel=LOOK)
app.add_typer(text.app, name="text", cls=Groups, rich_help_panel=LOOK)
app.add_typer(jobs.app, name="jobs", cls=Groups, rich_help_panel=OPERATE)
app.add_typer(keys.app, name="keys", cls=Groups, rich_help_panel=OPERATE)
app.add_typer(numbers.app, name="numbers", cls=Groups, rich_help_panel=OPERATE)


def _print_version(wanted: bool) -> None:  # noqa: FBT001  what Typer hands to a flag's callback
    if wanted:
        out.print(f"otp {metadata.version('otp')}")
        raise typer.Exit


@app.callback()
def otp(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Prove that a person holds a phone number, by SMS."""


def main() -> None:
    """Run `otp`: with boxes and colours where a person has room for them, and no letter that cannot be shown."""
    app.rich_markup_mode = "rich" if is_terminal() and out.width >= _NARROW else None
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    app(terminal_width=min(out.width, _WIDE))
