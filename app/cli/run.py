"""Shared by all commands: exit codes, stdout and stderr consoles, loading of settings, the container's lifetime.

`otp --help` imports this module and every command: slow imports are deferred until a command runs.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
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
    DONE: "success; or a process that was stopped by a signal",
    FAILED: "not done, or something is broken",
    USAGE: "invalid usage or settings; nothing was done",
    INTERRUPTED: "interrupted by Ctrl-C",
}
ENV_FILE = Path(".env")
T = TypeVar("T")
_NO_REDIS = (
    "The embedded store exists only inside `otp dev`. Set OTP_REDIS_URL to your service's Redis, "
    "or unset all OTP_ settings to use the development service that runs."
)
ONE_PROCESS = "The embedded store supports one process. Use --processes 1, or set OTP_REDIS_URL."
_UNAVAILABLE = "Redis does not respond correctly: {}. {} See `otp doctor`."
_STOPPED = "The development service does not respond: it stops, or was suspended."
out = Console(highlight=False, emoji=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)


def settings_or_exit(env_file: Path | None = ENV_FILE) -> Settings:
    """Load all settings, with the gateways'; errors end the command with exit code 2 and one sentence each."""
    from app.container import gateway_errors
    from app.settings.load import BadSettings, load_settings

    try:
        return load_settings(os.environ, env_file, also=gateway_errors)
    except BadSettings as error:
        print_error(*error.sentences)
        raise typer.Exit(USAGE) from error


def exit_on_sigterm() -> None:
    """Make SIGTERM a requested stop, with exit code 0, from the start of a process that serves until its end.

    uvicorn stops gracefully and then raises the signal again for the previous handler; Python's own would end the
    process with a failure code.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(DONE))


def start_log(settings: Settings) -> None:
    """Write the log of a process to stderr; in development with tracebacks."""
    from app.logs import set_up_logs

    set_up_logs(settings.log_level, tracebacks=not settings.is_production)


def print_error(*sentences: str) -> None:
    """Print each sentence on its own line to stderr."""
    for sentence in sentences:
        err.print(Text.assemble(("✗", "red"), " ", sentence))


def print_hint(text: str) -> None:
    """Print a hint about the data to stderr."""
    err.print(text, markup=False)


def run_on_redis(act: Callable[[Container, Settings], Awaitable[T]]) -> T:
    """Run an act on the store of a running service; an embedded store is reached only in a development service."""
    from app.cli.service_settings import service_settings_or_exit
    from app.settings.redis_url import EMBEDDED

    settings = service_settings_or_exit()
    if settings.redis_url == EMBEDDED:
        print_error(_NO_REDIS)
        raise typer.Exit(USAGE)
    return _run(act, settings)


def run_with_container(act: Callable[[Container, Settings], Awaitable[T]]) -> T:
    """Open the container, run an act, close the container; an expected error ends the command with a sentence."""
    from app.cli.service_settings import service_settings_or_exit

    return _run(act, service_settings_or_exit())


def _run(act: Callable[[Container, Settings], Awaitable[T]], settings: Settings) -> T:
    from app.container import open_container

    async def run() -> T:
        async with open_container(settings) as container:
            return await act(container, settings)

    try:
        return asyncio.run(run())
    except InvalidPhoneNumber as error:
        print_error(str(error))
        raise typer.Exit(USAGE) from error
    except TemporarilyUnavailable as error:
        from app.cli.dev_services import is_dev_socket
        from app.store.redis_causes import advice_of

        reason = _UNAVAILABLE.format(error.cause, advice_of(error.cause)) if error.cause else str(error)
        print_error(_STOPPED if is_dev_socket(settings.redis_url) else reason)
        raise typer.Exit(FAILED) from error
    except OtpError as error:
        print_error(str(error))
        raise typer.Exit(FAILED) from error
