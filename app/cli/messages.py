"""`otp messages`: send a file of messages; show and cancel a message."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003  Typer reads the annotation when the command is built
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.output import show_facts, show_rows, show_spinner
from app.cli.run import FAILED, USAGE, out, print_error, run_on_redis

if TYPE_CHECKING:
    from app.container import Container
    from app.domain.app import App
    from app.domain.outgoing_message import OutgoingMessage
    from app.settings.model import Settings

app = typer.Typer(help="Messages: send a file of them, show, cancel.", no_args_is_help=True)
AppName = Annotated[str, typer.Option("--app", metavar="NAME", help="The app that sends; needed if there are several.")]
_MESSAGE = re.compile(r"ms_[\w-]{22}")
_ID = "An id that `POST /v1/messages` returned, like ms_…"


@app.command("send", epilog="Example: otp messages send customers.csv --template order_sent --yes")
def send(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file with a header, in UTF-8.")],
    *,
    app_name: AppName = "",
    text: Annotated[str, typer.Option(metavar="TEXT", help="The text of all rows.")] = "",
    template: Annotated[str, typer.Option(metavar="NAME", help="The app's text for all rows, by its name.")] = "",
    country: Annotated[str, typer.Option(metavar="CODE", help="The country of national numbers, like NL.")] = "",
    ignore: Annotated[str, typer.Option(metavar="COLUMNS", help="Columns to leave out, separated by commas.")] = "",
    refused: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Where refused rows are listed; else FILE.refused.csv.")
    ] = None,
    rate: Annotated[int, typer.Option(metavar="ROWS", min=0, help="Rows a second; 0 for no limit.")] = 0,
    check: Annotated[bool, typer.Option("--check", help="Check the rows, and send nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Send without a question.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Send a file again that was sent to its end.")] = False,
) -> None:
    """Send a message to each row of a CSV file; the same command goes on where it was stopped or killed.

    First all rows are checked, and their number, segments and expected cost are shown. Exit code 1 when a row is
    refused; the others are still sent.
    """
    from app.cli.bulk.command import BulkSend, SendOptions
    from app.cli.bulk.csv_rows import BadFile
    from app.cli.bulk.source import open_source

    given = {"text": text, "template": template, "country": country}
    with show_spinner("Reading the file") as spinner:

        async def run(container: Container, settings: Settings) -> int:
            options = SendOptions(
                app=_app_or_exit(container, app_name),
                defaults={name: value for name, value in given.items() if value},
                ignored=[name.strip().lower() for name in ignore.split(",")],
                refused=refused or file.parent / f"{file.stem}.refused.csv",
                rate=rate,
                is_check=check,
                is_confirmed=yes,
                is_again=again,
            )
            with open_source(file) as source:
                return await BulkSend(source, options, container, settings, spinner)()

        try:
            code = run_on_redis(run)
        except BadFile as error:
            print_error(str(error))
            raise typer.Exit(USAGE) from error
    raise typer.Exit(code)


@app.command("show", epilog="Example: otp messages show ms_3q2-7wAAAAAAAAAAAAAAAA")
def show(
    id: Annotated[str, typer.Argument(metavar="ID", help=_ID)],
    *,
    app_name: AppName = "",
) -> None:
    """Show the status of a message, with one line for each gateway that was called; its number is masked."""

    async def run(container: Container, _: Settings) -> OutgoingMessage:
        return await container.get_message(id, _app_or_exit(container, app_name))

    with show_spinner("Reading the message"):
        message = run_on_redis(run)
    facts = {
        "message": message.id,
        "status": str(message.status),
        "number": str(message.phone),
        "purpose": message.purpose,
        "created": _time(message.created_at),
        "send at": _time(message.send_at) if message.send_at else "",
        "expires": _time(message.expires_at),
    }
    show_facts({name: value for name, value in facts.items() if value})
    rows = [[one.gateway, _time(one.history[-1].at), str(one.status)] for one in message.messages]
    if rows:
        show_rows(["gateway", "last change", "status"], rows)


@app.command("cancel", epilog="Example: otp messages cancel ms_3q2-7wAAAAAAAAAAAAAAAA")
def cancel(
    ids: Annotated[list[str], typer.Argument(metavar="ID", help="One or more ids of messages that wait.")],
    *,
    app_name: AppName = "",
) -> None:
    """Cancel messages that wait to be sent.

    Exit code 1 when one does not exist, or was handed to a gateway; the others are still canceled.
    """
    from app.domain.errors import NoSuchMessage

    missing: list[int] = []
    with show_spinner("Canceling") as spinner:

        async def run(container: Container, settings: Settings) -> None:
            from app.cli.audit import Audit

            audit, owner = Audit(container, settings, spinner), _app_or_exit(container, app_name)
            for place, id in enumerate(ids, start=1):
                try:
                    await audit.record_change("cancel_message", _cancel(container, id, owner), subject=_logged(id))
                except NoSuchMessage:
                    missing.append(place)

        run_on_redis(run)
    out.print(f"{len(ids) - len(missing)} canceled.")
    print_error(*(f"There is no message {ids[place - 1]} that waits." for place in missing))
    if missing:
        raise typer.Exit(FAILED)


def _app_or_exit(container: Container, name: str) -> App:
    """Return the app of this name, or the only one; exits with code 2 where there is none, or a choice to make."""
    apps = container.apps
    if name in apps or (not name and len(apps) == 1):
        return apps[name or next(iter(apps))]
    problem = "There is no app of this name" if name else "Several apps may send: choose one by --app"
    print_error(f"{problem}. Configured: {', '.join(sorted(apps))}.")
    raise typer.Exit(USAGE)


async def _cancel(container: Container, id: str, owner: App) -> bool:
    await container.cancel_message(id, owner)
    return True


def _logged(id: str) -> str:
    """Return an id as the log may have it: any other text may be a number."""
    return id if _MESSAGE.fullmatch(id) else ""


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
