"""An unexpected error is one line in production; in development its traceback follows, with its message."""

import io
import logging
import subprocess
import sys

import orjson
import pytest

from app.logs import log, set_up_logs
from tests.support.api_calls import APPS
from tests.support.processes import ROOT, clean_environment
from tests.support.service_fixture import PRODUCTION as OPERATOR_SETTINGS

MESSAGE = "a value that may be secret"
PRODUCTION = OPERATOR_SETTINGS | {"apps": APPS, "redis_url": "redis://127.0.0.1:6379/0"}
_CRASH = f"""
import os
from app.cli.run import start_log
from app.settings.load import load_settings
start_log(load_settings(os.environ))
raise ValueError({MESSAGE!r})
"""


@pytest.fixture
def stream():
    """Another stream than the one that every test checks for secrets: a traceback is not for production."""
    return io.BytesIO()


def fail():
    raise ValueError(MESSAGE)


def log_bug():
    try:
        fail()
    except ValueError:
        log.exception("bug", queue="sends")


def crash():
    try:
        fail()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)


def log_by_a_library():
    try:
        fail()
    except ValueError:
        logging.getLogger("asyncio").exception("Exception in callback")


FAILURES = pytest.mark.parametrize(
    ("write", "event"), [(log_bug, "bug"), (crash, "crash"), (log_by_a_library, "library")]
)


@FAILURES
def test_production_logs_the_class_and_location_only(write, event, stream):
    set_up_logs("info", tracebacks=False, stream=stream)
    write()

    (line,) = [orjson.loads(line) for line in stream.getvalue().splitlines()]
    assert (line["event"], line["error"]) == (event, "ValueError")
    assert line["where"].startswith(f"{__name__}:")
    assert MESSAGE.encode() not in stream.getvalue()


@FAILURES
def test_development_prints_the_traceback_below_the_line(write, event, stream):
    set_up_logs("info", tracebacks=True, stream=stream)
    write()
    log.info("next")

    line, *trace, following = stream.getvalue().decode().splitlines()
    assert (orjson.loads(line)["event"], orjson.loads(line)["error"]) == (event, "ValueError")
    assert trace[0] == "Traceback (most recent call last):"
    assert trace[-1] == f"ValueError: {MESSAGE}"
    assert any(fail.__name__ in text for text in trace)
    assert orjson.loads(following)["event"] == "next"


def test_development_shows_the_cause_of_an_error(stream):
    set_up_logs("info", tracebacks=True, stream=stream)
    try:
        try:
            fail()
        except ValueError as error:
            raise KeyError("other") from error
    except KeyError:
        log.exception("bug")

    assert f"ValueError: {MESSAGE}" in stream.getvalue().decode()


def test_an_exception_as_a_field_is_logged_as_its_class(logged_lines):
    log.info("job", error=ValueError(MESSAGE))

    assert orjson.loads(logged_lines.getvalue())["error"] == "ValueError"


def test_an_exception_line_without_an_exception_is_written(logged_lines):
    log.exception("bug")

    assert orjson.loads(logged_lines.getvalue())["event"] == "bug"


@pytest.mark.parametrize(("settings", "has_traceback"), [({"env": "development"}, True), (PRODUCTION, False)])
def test_the_environment_decides_whether_a_process_prints_tracebacks(settings, has_traceback):
    environment = {f"OTP_{name.upper()}": value for name, value in settings.items()}
    completed = subprocess.run(
        [sys.executable, "-c", _CRASH],
        capture_output=True,
        timeout=60,
        check=False,
        cwd=ROOT,
        env=clean_environment(**environment),
    )

    line, *trace = completed.stderr.decode().splitlines()
    assert (orjson.loads(line)["event"], orjson.loads(line)["error"]) == ("crash", "ValueError")
    assert (MESSAGE in "".join(trace)) is has_traceback
    assert bool(trace) is has_traceback
