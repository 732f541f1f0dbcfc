"""How the log looks: one JSON object a line, in the words of the design, and nothing secret.

What may stand in it: our ids, the gateway's name, routes as templates, statuses, durations, the
class and the place of an unforeseen error. Never a code, a number, a text, a key, an exception's
message, a path or a query.
"""

import logging
import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import BinaryIO

import orjson

_SHAPE = orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_APPEND_NEWLINE


class Log:
    """Writes what happened, with the facts about it; a line is one JSON object, and is written at once."""

    def __init__(self) -> None:
        self.least = logging.INFO
        self.stream: BinaryIO = sys.stderr.buffer

    def debug(self, event: str, **facts: object) -> None:
        """Write what helps to find a mistake of ours."""
        self.write(logging.DEBUG, event, facts)

    def info(self, event: str, **facts: object) -> None:
        """Write what is as it should be."""
        self.write(logging.INFO, event, facts)

    def warning(self, event: str, **facts: object) -> None:
        """Write what an operator should know of."""
        self.write(logging.WARNING, event, facts)

    def error(self, event: str, **facts: object) -> None:
        """Write what went wrong for somebody."""
        self.write(logging.ERROR, event, facts)

    def critical(self, event: str, **facts: object) -> None:
        """Write what ended us."""
        self.write(logging.CRITICAL, event, facts)

    def write(self, level: int, event: str, facts: dict[str, object]) -> None:
        """Write a line, unless nobody wants to read that level; the facts are the line's to add to.

        A noun prints itself as it chose to, for orjson would write out all its fields.
        """
        if level >= self.least:
            facts |= {"event": event, "level": _LEVELS[level], "timestamp": datetime.now(UTC)}
            self.stream.write(orjson.dumps(facts, default=str, option=_SHAPE))
            self.stream.flush()


_LEVELS = {
    level: word.lower() for word, level in logging.getLevelNamesMapping().items() if word not in {"WARN", "FATAL"}
}
log = Log()


def set_up_logs(level: str, stream: BinaryIO = sys.stderr.buffer) -> None:
    """Write lines of at least this level; libraries speak from WARNING on, in the same shape."""
    log.least, log.stream = logging.getLevelNamesMapping()[level.upper()], stream
    root = logging.getLogger()
    root.handlers = [_LibraryHandler()]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_crash


class _LibraryHandler(logging.Handler):
    """Passes on who spoke and how loud; a library's sentence may quote what it was given, so it stays out."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        error = record.exc_info[1] if record.exc_info else None
        place = error_location(error) if error else {}
        level = min(record.levelno // 10 * 10, logging.CRITICAL)  # there is no word for those in between
        log.write(level, "library", {"logger": record.name, **place})


def _log_crash(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    """Write one line where Python would print a traceback, with the message and all."""
    log.critical("crash", **error_location(error))


def error_location(error: BaseException) -> dict[str, str]:
    """Name an error's class and the place where it was raised; its message may hold anything."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else "?"
    return {"error": type(error).__name__, "where": where}
