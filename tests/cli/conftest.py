"""The command `otp`, run in this process and in a folder of its own."""

import asyncio
import contextlib

import pytest
from typer.testing import CliRunner

from app.cli import app
from tests.support.makers import PUBLIC_URL
from tests.support.vendor import Answer, Vendor


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
