"""Structured logs: one JSON object a line, without secrets.

Logged: our ids, the gateway's name, routes as templates, statuses, durations, the class and the
location of an unexpected error. Never logged: a code, a number, a text, a key, an exception's
message, a path or a query.
"""

import logging
import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import BinaryIO

import orjson

_JSON_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_APPEND_NEWLINE


class Log:
    """Write events with their fields; each line is one JSON object and is flushed at once."""

    def __init__(self) -> None:
        self.min_level = logging.INFO
        self.stream: BinaryIO = sys.stderr.buffer

    def debug(self, event: str, **fields: object) -> None:
        """Log details that help to find a bug."""
        self.write(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Log normal operation."""
        self.write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Log what an operator should know."""
        self.write(logging.WARNING, event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Log a failed request or job."""
        self.write(logging.ERROR, event, fields)

    def critical(self, event: str, **fields: object) -> None:
        """Log what ended the process."""
        self.write(logging.CRITICAL, event, fields)

    def write(self, level: int, event: str, fields: dict[str, object]) -> None:
        """Write a line if its level is logged; `fields` is changed in place.

        Dataclasses are written by their `str()`, because orjson would write all their fields.
        """
        if level >= self.min_level:
            fields |= {"event": event, "level": _LEVELS[level], "timestamp": datetime.now(UTC)}
            self.stream.write(orjson.dumps(fields, default=str, option=_JSON_OPTIONS))
            self.stream.flush()


_LEVELS = {
    level: word.lower() for word, level in logging.getLevelNamesMapping().items() if word not in {"WARN", "FATAL"}
}
log = Log()


def set_up_logs(level: str, stream: BinaryIO = sys.stderr.buffer) -> None:
    """Log lines of at least this level; libraries log from WARNING on, in the same format."""
    log.min_level, log.stream = logging.getLevelNamesMapping()[level.upper()], stream
    root = logging.getLogger()
    root.handlers = [_LibraryHandler()]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_crash


class _LibraryHandler(logging.Handler):
    """Log only the logger's name and level; a library's message may quote its input, so it is left out."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        error = record.exc_info[1] if record.exc_info else None
        location = error_location(error) if error else {}
        level = min(record.levelno // 10 * 10, logging.CRITICAL)  # levels in between have no name
        log.write(level, "library", {"logger": record.name, **location})


def _log_crash(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    """Log one line instead of the traceback that Python would print with the message."""
    log.critical("crash", **error_location(error))


def error_location(error: BaseException) -> dict[str, str]:
    """Return an error's class and the location where it was raised, without the message, which may hold secrets."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else "?"
    return {"error": type(error).__name__, "where": where}
