"""What commands share: exit codes, the two screens, settings that are read or explained, tools opened and closed.

`otp --help` reads this file and every command's: what takes long to import waits until a command runs.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from app.domain.errors import InvalidPhoneNumber, OtpError, TemporarilyUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.container import Container
    from app.settings.model import Settings

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
EXIT_CODES = {
    DONE: "done; or a process that was asked to end",
    FAILED: "not done, or something is broken",
    USAGE: "wrong use or wrong settings; nothing was done",
    INTERRUPTED: "interrupted by Ctrl-C",
}
ENV_FILE = Path(".env")
T = TypeVar("T")
out = Console(highlight=False, emoji=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)


def settings_or_exit(env_file: Path | None = ENV_FILE) -> Settings:
    """Read the settings, the gateways' too; a wrong one ends the command with exit code 2 and a sentence each."""
    from app.container import gateway_errors
    from app.settings.load import BadSettings, load_settings

    try:
        return load_settings(os.environ, env_file, also=gateway_errors)
    except BadSettings as error:
        print_error(*error.sentences)
        raise typer.Exit(USAGE) from error


def print_error(*sentences: str) -> None:
    """Print each sentence on a line of its own, where complaints go."""
    for sentence in sentences:
        err.print(Text.assemble(("✗", "red"), " ", sentence))


def print_hint(text: str) -> None:
    """Print what helps a person to read the data, where complaints go."""
    err.print(text, markup=False)


def run_on_redis(act: Callable[[Container, Settings], Awaitable[T]]) -> T:
    """Run an act on what a running service keeps; the embedded store of another process cannot be reached."""
    from app.settings.parsers import EMBEDDED

    if settings_or_exit().redis_url == EMBEDDED:
        print_error("The embedded store lives inside `otp dev` alone. Set OTP_REDIS_URL to your service's Redis.")
        raise typer.Exit(USAGE)
    return run_with_container(act)


def run_with_container(act: Callable[[Container, Settings], Awaitable[T]]) -> T:
    """Open the tools, run an act, close the tools; a foreseen error ends the command with a sentence."""
    from app.container import open_container

    settings = settings_or_exit()

    async def run() -> T:
        async with open_container(settings) as container:
            return await act(container, settings)

    try:
        return asyncio.run(run())
    except InvalidPhoneNumber as error:
        print_error(str(error))
        raise typer.Exit(USAGE) from error
    except TemporarilyUnavailable as error:
        print_error("Redis does not answer as it should. Check OTP_REDIS_URL, and look with `otp doctor`.")
        raise typer.Exit(FAILED) from error
    except OtpError as error:
        print_error(str(error))
        raise typer.Exit(FAILED) from error
