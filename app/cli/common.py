"""What commands share: settings that are read or explained, tools that are opened and closed."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import typer
from rich.console import Console

from app.domain.errors import OtpError
from app.main import ENV_FILE
from app.settings.load import BadSettings, load_settings
from app.settings.model import Settings
from app.settings.readers import EMBEDDED
from app.wiring import Tools, open_tools, wrong_gateways

USAGE = 2
FAILED = 1
T = TypeVar("T")
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def settings_or_exit(env_file: Path | None = ENV_FILE) -> Settings:
    """Read the settings, the gateways' too; a wrong one ends the command with exit code 2 and a sentence each."""
    try:
        return load_settings(os.environ, env_file, also=wrong_gateways)
    except BadSettings as error:
        complain(error)
        raise typer.Exit(USAGE) from error


def complain(error: BadSettings) -> None:
    """Print each sentence on a line of its own."""
    for sentence in error.sentences:
        err.print(f"✗ {sentence}", markup=False)


def run_on_redis(act: Callable[[Tools, Settings], Awaitable[T]]) -> T:
    """Run an act on what a running service keeps; the embedded store of another process cannot be reached."""
    if settings_or_exit().redis_url == EMBEDDED:
        err.print("✗ The embedded store lives inside `otp dev` alone. Set OTP_REDIS_URL to your service's Redis.")
        raise typer.Exit(USAGE)
    return run_with_tools(act)


def run_with_tools(act: Callable[[Tools, Settings], Awaitable[T]]) -> T:
    """Open the tools, run an act, close the tools; a foreseen error ends the command with exit code 1."""
    settings = settings_or_exit()

    async def run() -> T:
        async with open_tools(settings) as tools:
            return await act(tools, settings)

    try:
        return asyncio.run(run())
    except OtpError as error:
        err.print(f"✗ {error}", markup=False)
        raise typer.Exit(FAILED) from error
