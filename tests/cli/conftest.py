"""The command `otp`, run in this process and in a folder of its own."""

import contextlib

import pytest
from typer.testing import CliRunner

from app.cli import app
from tests.support.makers import PUBLIC_URL


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
def settings(engine_url, tag):
    """Development on a real engine, in the test's own corner."""
    return {"ENV": "development", "REDIS_URL": engine_url, "REDIS_TAG": tag, "PUBLIC_URL": PUBLIC_URL}
