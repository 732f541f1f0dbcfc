"""Lines of libraries: which sentences are kept, and that no value which a library quotes is logged."""

import logging
import warnings

import orjson
import pytest

SECRET = "s3cret-of-the-account"


def lines_of(logged_lines):
    return [orjson.loads(line) for line in logged_lines.getvalue().splitlines()]


def test_a_sentence_of_the_server_is_kept_without_its_arguments(logged_lines):
    logger = logging.getLogger("uvicorn.error")
    logger.warning("Invalid HTTP request received.")
    logger.error("Exception in ASGI application\n")
    logger.error("ASGI callable should return None, but returned '%s'.", SECRET)

    assert [line["sentence"] for line in lines_of(logged_lines)] == [
        "Invalid HTTP request received.",
        "Exception in ASGI application",
        "ASGI callable should return None, but returned '%s'.",
    ]
    assert SECRET.encode() not in logged_lines.getvalue()


def test_an_exception_or_a_traceback_is_no_sentence(logged_lines):
    """The server logs both when the start fails, with the exception's message."""
    logger = logging.getLogger("uvicorn.error")
    logger.error(OSError(SECRET))
    logger.error(f"Traceback (most recent call last):\n  File 'app.py', line 1\nValueError: {SECRET}")  # noqa: G004  as Starlette does

    assert [line.get("sentence") for line in lines_of(logged_lines)] == [None, None]
    assert SECRET.encode() not in logged_lines.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "asyncio",
        "redis._parsers.base",
        "httpx",
        "httpcore",
        "slowapi",
        "py.warnings",
        "uvicorn",
        "uvicorn.access",
        "unknown",
    ],
)
def test_a_sentence_of_any_other_logger_is_withheld(name, logged_lines):
    logging.getLogger(name).error("Exception in callback %s", SECRET)
    logging.getLogger(name).error(f"Exception in callback {SECRET}")  # noqa: G004  as asyncio does

    assert [line.get("sentence") for line in lines_of(logged_lines)] in ([], [None, None])
    assert SECRET.encode() not in logged_lines.getvalue()


def test_a_warning_is_logged_as_its_class_and_location(logged_lines):
    """Its message may quote a value, as pydantic's do, and the whole path describes the machine."""
    message = UserWarning(f"input_value='{SECRET}'")
    warnings.showwarning(message, UserWarning, "/home/somebody/site-packages/pydantic/main.py", 464)

    (line,) = lines_of(logged_lines)
    assert (line["event"], line["level"], line["logger"]) == ("library", "warning", "py.warnings")
    assert (line["error"], line["where"]) == ("UserWarning", "pydantic.main:464")
    assert SECRET not in str(line)
