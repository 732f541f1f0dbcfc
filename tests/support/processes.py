"""Run `otp` commands as real processes and read their JSON logs."""

import asyncio
import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import orjson

from tests.support.log_secrets import assert_no_secrets

ROOT = Path(__file__).parents[2]
# The last three are faketime's: under a fake date, the processes must see the same date as the tests.
_INHERITED = ("PATH", "HOME", "LANG", "LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC")


def clean_environment(**settings):
    """Return the environment of a fresh shell, without the `OTP_` settings of the shell that runs the tests.

    Commands find no development service but those that get the same `XDG_RUNTIME_DIR`.
    """
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    own = {"PYTHONPATH": str(ROOT), "XDG_RUNTIME_DIR": runtime_folder()}
    return inherited | own | settings


def runtime_folder():
    """Create a private folder for the sockets of development services, with a short path, as sockets need it."""
    return tempfile.mkdtemp(dir=_parent_of_runtime_folders())


@cache
def _parent_of_runtime_folders():
    folder = tempfile.mkdtemp(prefix="otp-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def shell(script, **variables):
    """Run a page's script in the folder of the project, in a fresh shell; return what it printed on stdout."""
    environment = clean_environment(**variables)
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


async def otp(*args, folder, **settings):
    """Run a command to its end, and return its exit code, stdout and stderr."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli", *args),
        cwd=folder,
        env=clean_environment(**settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    stdout, stderr = await asyncio.wait_for(process.communicate(), 90)
    assert_no_secrets(stderr)
    return process.returncode, stdout.decode(), stderr.decode()


class Running:
    """A process that runs until `stop()`."""

    def __init__(self, process, log):
        self.process = process
        self._log = log

    def log_text(self):
        """Return everything that it has logged so far."""
        return self._log.read_text()

    def lines(self):
        """Return its log lines as JSON objects; a line that is not JSON raises an error."""
        return [orjson.loads(line) for line in self.log_text().splitlines()]

    async def stop(self):
        """Send SIGTERM, as an init system does, and return the exit code; fail after 10 seconds."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 10)


@asynccontextmanager
async def running(*args, folder, name, listener=None, **settings):
    """Start a command, with stderr in `<name>.log` and stdout in `<name>.out`; kill it when the block ends.

    It inherits the socket `listener`, as systemd passes one on. A secret in its log fails the test.
    """
    fds = [listener.fileno()] if listener else []
    launcher = [ROOT / "tests" / "support" / "inherited_socket.py", str(fds[0]), sys.executable] if fds else []
    log = Path(folder, f"{name}.log")
    with log.open("wb") as lines, Path(folder, f"{name}.out").open("wb") as out:  # noqa: ASYNC230  a small local file
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *launcher, "-m", "app.cli", *args),
            cwd=folder,
            env=clean_environment(**settings),
            pass_fds=fds,
            stdout=out,
            stderr=lines,
        )
    try:
        yield Running(process, log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert_no_secrets(log.read_bytes())  # noqa: ASYNC240  a small local file
