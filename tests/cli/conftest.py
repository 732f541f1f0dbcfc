"""Fixtures to run `otp` in this process, in a thread or on a terminal, in a separate folder."""

import asyncio
import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios

import pytest
from typer.testing import CliRunner

from app.cli import app
from tests.support.builders import PUBLIC_URL
from tests.support.fake_vendor import Answer, Vendor
from tests.support.processes import clean_environment, runtime_folder
from tests.support.waiting import until


@pytest.fixture
def folder(tmp_path):
    """The working directory of the command, where a test may write a `.env`."""
    with contextlib.chdir(tmp_path):
        yield tmp_path


@pytest.fixture
def runtime():
    """The folder with the sockets of the development services that commands find: none, unless a test starts one."""
    return runtime_folder()


@pytest.fixture
def otp(folder, runtime):
    """Run a command with these settings only."""

    def run(*args, **settings):
        env = {f"OTP_{name}": value for name, value in settings.items()}
        return CliRunner().invoke(app, args, env={"XDG_RUNTIME_DIR": runtime} | env)

    handler = signal.getsignal(signal.SIGTERM)
    yield run
    signal.signal(signal.SIGTERM, handler)  # `serve` and `worker` set their own


@pytest.fixture
def otp_in_thread(otp):
    """Run a command in a thread, while the test's event loop serves a fake vendor."""

    async def run(*args, **settings):
        return await asyncio.to_thread(otp, *args, **settings)

    return run


@pytest.fixture
async def vendor():
    """A fake vendor that accepts every SMS."""
    async with Vendor(Answer(200, json={"messageid": "v-1"})) as vendor:
        yield vendor


@pytest.fixture
def settings(engine_url, tag):
    """Development settings with a real engine and a separate key tag."""
    return {"ENV": "development", "REDIS_URL": engine_url, "REDIS_TAG": tag, "PUBLIC_URL": PUBLIC_URL}


class Terminal:
    """A process of `otp` on a pseudo-terminal, and its output."""

    def __init__(self, process, terminal_fd):
        self.process = process
        self._terminal_fd = terminal_fd
        self._written = b""

    @property
    def raw(self):
        return self._written.decode()

    @property
    def text(self):
        """The output without escape sequences."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.raw).replace("\r", "")

    def read(self):
        """Read pending output; return False once the terminal is closed."""
        try:
            chunk = os.read(self._terminal_fd, 65536)
        except BlockingIOError:
            return True
        except OSError:  # Linux raises EIO after the last writer has closed
            return False
        self._written += chunk
        return bool(chunk)

    async def end(self):
        """Read to the end, and return the exit code."""
        await until(lambda: not self.read(), within=30)
        return await self.process.wait()


@pytest.fixture
async def on_terminal(folder):
    """Start commands on a terminal with `columns` columns; kill them after the test."""
    processes = []

    async def start(*args, columns=80, **environment):
        terminal_fd, child_fd = pty.openpty()
        os.set_blocking(terminal_fd, False)
        fcntl.ioctl(child_fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", *args),
            cwd=folder,
            env=clean_environment(**{"TERM": "xterm-256color"} | environment),
            stdin=child_fd,
            stdout=child_fd,
            stderr=child_fd,
        )
        os.close(child_fd)
        processes.append((process, terminal_fd))
        return Terminal(process, terminal_fd)

    yield start
    for process, terminal_fd in processes:
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(terminal_fd)
