"""What `otp messages send` shows: one line that changes on a terminal, else a line every ten seconds; Ctrl-C."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import typer
from rich.status import Status

from app.cli.bulk.check import LIST
from app.cli.bulk.send_list import Stopped
from app.cli.output import paused
from app.cli.run import INTERRUPTED, err, print_hint
from app.domain.errors import OtpError, RateLimited, TemporarilyUnavailable

_EVERY_S, _REMIND_S = 10.0, 60.0


class Meter:
    """Shows how far a pass over the file is, with its rate and the time that is left."""

    def __init__(self, spinner: Status, *, total: int = 0, done: int = 0) -> None:
        self._spinner = spinner
        self._total, self._first = total, done
        self._since = self._shown_at = time.monotonic()

    def show(self, rows: int, counts: str) -> None:
        """Show that `rows` rows are done; `counts` says what became of them."""
        now = time.monotonic()
        if not err.is_terminal and now - self._shown_at < _EVERY_S:
            return
        self._shown_at = now
        rate = (rows - self._first) / max(now - self._since, 0.001)
        of = f" of {self._total:,}" if self._total else ""
        left = f", {timedelta(seconds=round((self._total - rows) / rate))} left" if self._total and rate else ""
        line = f"{rows:,}{of} rows, {counts}, {rate:,.0f} a second{left}"
        if err.is_terminal:
            self._spinner.update(line)
        else:
            print_hint(line)


class Pace:
    """Slows down to so many rows a second, 0 for no limit; `pause` waits seconds."""

    def __init__(self, rate: int, pause: Callable[[float], Awaitable[None]]) -> None:
        self._seconds = LIST / rate if rate else 0.0  # that a list takes
        self._pause = pause
        self._next = time.monotonic() + self._seconds

    async def __call__(self) -> None:
        """Wait until the next list may be sent; raises what `pause` raises."""
        await self._pause(max(0.0, self._next - time.monotonic()))
        self._next += self._seconds


class Interruption:
    """Ctrl-C while a file is sent: the list in hand is finished first."""

    def __init__(self, spinner: Status) -> None:
        self._spinner = spinner
        self._stop = asyncio.Event()
        self._reason, self._named_at = "", 0.0

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle Ctrl-C within the block; a second one ends the command at once, which sends nothing twice either."""
        loop = asyncio.get_running_loop()
        with suppress(ValueError, RuntimeError):  # outside of the main thread Ctrl-C is not ours
            loop.add_signal_handler(signal.SIGINT, self._on_signal)
        try:
            yield
        finally:
            with suppress(ValueError, RuntimeError):
                loop.remove_signal_handler(signal.SIGINT)

    async def pause(self, seconds: float) -> None:
        """Wait; raises `Stopped` after Ctrl-C."""
        if seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), seconds)
        if self._stop.is_set():
            raise Stopped

    async def wait_for(self, error: OtpError, seconds: float) -> None:
        """Wait until a list may be sent again, and say why once a minute."""
        reason, now = _describe(error), time.monotonic()
        if reason != self._reason or now - self._named_at > _REMIND_S:
            self._reason, self._named_at = reason, now
            with paused(self._spinner):
                print_hint(f"Waiting: {reason} The next row is sent when it is possible again.")
        await self.pause(seconds)

    def _on_signal(self) -> None:
        self._stop.set()
        asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)
        with paused(self._spinner):
            print_hint("The list in hand is finished first.")


def confirm(question: str) -> bool:
    """Ask on the terminal; exits with code 130 after Ctrl-C, which asyncio would only notice after the answer."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return typer.confirm(question, err=True)
    except typer.Abort as error:
        raise typer.Exit(INTERRUPTED) from error
    finally:
        signal.signal(signal.SIGINT, handler)


def _describe(error: OtpError) -> str:
    if isinstance(error, RateLimited):
        return f"the limit {error.limit} of the app is spent."
    if isinstance(error, TemporarilyUnavailable) and error.cause:
        return f"Redis does not respond correctly: {error.cause}."
    return str(error)
