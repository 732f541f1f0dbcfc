"""How the log looks: one JSON object a line, in the words of the design, and nothing secret.

What may stand in it: our ids, the gateway's name, routes as templates, statuses, durations, the
class and the place of an unforeseen error. Never a code, a number, a text, a key, an exception's
message, a path or a query.
"""

import logging
import sys
from types import TracebackType
from typing import BinaryIO

import orjson
import structlog

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


def set_up_logs(level: str, stream: BinaryIO = sys.stderr.buffer) -> None:
    """Write lines of at least this level; libraries speak from WARNING on, in the same shape."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_write),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_ToOurs()]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _say_crash


def _write(line: dict[str, object], **_: object) -> bytes:
    """Write one line as JSON; a noun prints itself as it chose to, for orjson would write out all its fields."""
    return orjson.dumps(line, default=str, option=orjson.OPT_PASSTHROUGH_DATACLASS)


class _ToOurs(logging.Handler):
    """Passes on who spoke and how loud; a library's sentence may quote what it was given, so it stays out."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        error = record.exc_info[1] if record.exc_info else None
        facts = place_of(error) if error else {}
        level = min(record.levelno // 10 * 10, logging.CRITICAL)  # structlog knows no levels in between
        log.log(level, "library", logger=record.name, **facts)


def _say_crash(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    """Write one line where Python would print a traceback, with the message and all."""
    log.critical("crash", **place_of(error))


def place_of(error: BaseException) -> dict[str, str]:
    """Name an error's class and the place where it was raised; its message may hold anything."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else "?"
    return {"error": type(error).__name__, "where": where}
