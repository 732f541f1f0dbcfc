"""Real processes of `otp`, as an operator starts them, and the JSON lines that they write."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import orjson

from tests.support.log_secrets import refuse_secrets

ROOT = Path(__file__).parents[2]
# The last three are those of faketime: a suite that runs on another day has its processes on that day.
_KEPT = ("PATH", "HOME", "LANG", "LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC")


def surroundings(**settings):
    """Give the environment of a fresh shell; no setting of ours leaks in from the one that runs the tests."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"} | settings


async def otp(*words, folder, **settings):
    """Run a command to its end; gives exit code, output and complaints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli", *words),
        cwd=folder,
        env=surroundings(**settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await asyncio.wait_for(process.communicate(), 30)
    refuse_secrets(complained)
    return process.returncode, said.decode(), complained.decode()


class Running:
    """A process that goes on until it is told to stop."""

    def __init__(self, process, log):
        self.process = process
        self._log = log

    def said(self):
        """Read all that it wrote so far."""
        return self._log.read_text()

    def lines(self):
        """Read its log; every line is JSON, or this fails."""
        return [orjson.loads(line) for line in self.said().splitlines()]

    async def stop(self):
        """Ask it to end, as an init system does, and give its exit code; ten seconds are enough."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 10)


@asynccontextmanager
async def running(*words, folder, name, **settings):
    """Start a command; what it writes goes to `<name>.log` and `<name>.out`. It never outlives the block.

    A secret in its log fails the test.
    """
    log = Path(folder, f"{name}.log")
    with log.open("wb") as lines, Path(folder, f"{name}.out").open("wb") as out:  # noqa: ASYNC230  small, and ours
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", *words),
            cwd=folder,
            env=surroundings(**settings),
            stdout=out,
            stderr=lines,
        )
    try:
        yield Running(process, log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    refuse_secrets(log.read_bytes())  # noqa: ASYNC240  small, and ours
