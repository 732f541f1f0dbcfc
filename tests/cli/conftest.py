"""The command `otp`, run in this process and in a folder of its own."""

import asyncio
import contextlib
import fcntl
import os
import pty
import re
import struct
import sys
import termios

import pytest
from typer.testing import CliRunner

from app.cli import app
from tests.support.builders import PUBLIC_URL
from tests.support.fake_vendor import Answer, Vendor
from tests.support.processes import surroundings
from tests.support.waiting import until


@pytest.fixture
def folder(tmp_path):
    """The folder where the command runs; its `.env` is the test's."""
    with contextlib.chdir(tmp_path):
        yield tmp_path


@pytest.fixture
def otp(folder):
    """Run a command with these settings and nothing else."""

    def run(*words, **settings):
        return CliRunner().invoke(app, words, env={f"OTP_{name}": value for name, value in settings.items()})

    return run


@pytest.fixture
def otp_beside(otp):
    """Run a command in a thread, beside a vendor that lives in the test's own loop."""

    async def run(*words, **settings):
        return await asyncio.to_thread(otp, *words, **settings)

    return run


@pytest.fixture
async def vendor():
    """A vendor to talk to; it accepts all."""
    async with Vendor(Answer(200, json={"messageid": "v-1"})) as vendor:
        yield vendor


@pytest.fixture
def settings(engine_url, tag):
    """Development on a real engine, in the test's own corner."""
    return {"ENV": "development", "REDIS_URL": engine_url, "REDIS_TAG": tag, "PUBLIC_URL": PUBLIC_URL}


class Terminal:
    """A process of `otp` on a terminal, and what stands there."""

    def __init__(self, process, screen):
        self.process = process
        self._screen = screen
        self._written = b""

    @property
    def raw(self):
        return self._written.decode()

    @property
    def text(self):
        """What was written, without colours and moves of the cursor."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.raw).replace("\r", "")

    def read(self):
        """Read what has come; False once nobody is left to write."""
        try:
            more = os.read(self._screen, 65536)
        except BlockingIOError:
            return True
        except OSError:  # Linux says so when the last writer has gone
            return False
        self._written += more
        return bool(more)

    async def end(self):
        """Read to its end, and give its exit code."""
        await until(lambda: not self.read(), within=30)
        return await self.process.wait()


@pytest.fixture
async def on_terminal(folder):
    """Start commands on a terminal of so many columns; none outlives the test."""
    started = []

    async def start(*words, columns=80, **environment):
        screen, inside = pty.openpty()
        os.set_blocking(screen, False)
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", *words),
            cwd=folder,
            env=surroundings(**{"TERM": "xterm-256color"} | environment),
            stdin=inside,
            stdout=inside,
            stderr=inside,
        )
        os.close(inside)
        started.append((process, screen))
        return Terminal(process, screen)

    yield start
    for process, screen in started:
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(screen)
