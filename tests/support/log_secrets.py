"""Reads every line that the service logs while a test runs, and says what must not stand there.

A list of what may be logged, field by field, and not a list of secrets to look for: a code looks like
any other number. Whoever logs a new field gives it a shape here.
"""

import io
import logging
import re
import sys
from contextlib import contextmanager

import orjson

from app.logs import log, set_up_logs

_WORD = re.compile(r"[a-z][a-z_]{0,63}")
_CLASS = re.compile(r"[A-Za-z_]\w{0,39}")  # shorter than any secret
_SHAPES = {
    "event": _WORD,
    "level": _WORD,
    "timestamp": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"),
    "request_id": re.compile(r"rq_[\w-]{22}"),
    "method": re.compile(r"-|[A-Z]{3,7}"),
    "route": re.compile(r"-|/|(/(\{[a-z_]+\}|\.?[a-z][a-z.-]*|v\d))+"),
    "error": _CLASS,
    "where": re.compile(r"\?|[A-Za-z_][\w.]{0,99}:\d{1,5}"),
    "logger": re.compile(r"[A-Za-z_][\w.]{0,99}"),
    "queue": _WORD,
    "job": re.compile(r"\d{13}-\d{1,6}"),
    "outcome": _WORD,
    "verification": re.compile(r"vf_[\w-]{1,22}"),
    "send": re.compile(r"\d{1,3}|x"),  # x: of a job that nobody can read
    "gateway": re.compile(r"[a-z][a-z0-9_]{0,31}"),
    "gateways": re.compile(r"[a-z][a-z0-9_]{0,31}(, [a-z][a-z0-9_]{0,31})*"),
    "message": re.compile(r"ms_[\w-]{22}"),
    "stands": _WORD,  # where the message then stands
    "reason": _WORD,
    "word": re.compile(r"[\w.: -]{1,64}"),  # the vendor's own, for why
    "reference": re.compile(r"foreign|ms_[\w-]{22}"),
    "worker": re.compile(r"worker-[0-9a-f]{8}"),
    "app": re.compile(r"[a-z][a-z_-]{0,31}"),
    "key": re.compile(r"[0-9a-f]{8}"),  # the id of an API key: the beginning of its digest
}
_NUMBERS = {"status": 599, "ms": 600_000, "tries": 1000, "slots": 1000}  # and the largest that is believed
# Whose letters are drawn.
_IDS = {"timestamp", "request_id", "job", "verification", "reference", "message", "worker", "key"}

_NUMBER = re.compile(r"\d{8,}")
_KEY = re.compile(r"[sp]k_\w|Bearer|eyJ|whsec_")
_TEXT = re.compile(r"[Cc]ode\.|is your|@\S+ #")
_CODE = re.compile(r"(?<![\w.,:§-])\d{4,10}(?![\w.,-])")
_PORT = re.compile(r"\bports? \d{1,5}\b")


@contextmanager
def watched():
    """Hear everything that is logged until the block ends, at its loudest; fails when a line tells too much."""
    root, hook, before = logging.getLogger(), sys.excepthook, (log.least, log.stream)
    handlers, level = root.handlers[:], root.level
    stream = io.BytesIO()
    set_up_logs("debug", stream)
    logging.captureWarnings(capture=False)  # a warning is an error here, and pytest's
    try:
        yield stream
    finally:
        root.handlers, sys.excepthook = handlers, hook
        root.setLevel(level)
        log.least, log.stream = before
    refuse_secrets(stream.getvalue())


def refuse_secrets(written):
    """Fail when a line of a log holds what nobody may read there."""
    told = {line: said for line in written.splitlines() if (said := told_by(line))}
    assert not told, told


def told_by(line):
    """Say what a line tells too much; nothing for a good one. What is no JSON is judged as a sentence."""
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError:
        fields = None
    if not isinstance(fields, dict):
        return told_by_sentence(line.decode(errors="replace"))
    return [said for name, value in fields.items() if (said := _told_by_field(name, value))]


def told_by_sentence(text):
    """Say what a sentence to an operator tells too much: a number, a key, a code that stands alone, an SMS."""
    rest = _PORT.sub("", text)
    looks = {"a number": _NUMBER, "a key": _KEY, "a text": _TEXT, "a code": _CODE}
    return [what for what, look in looks.items() if look.search(rest)]


def _told_by_field(name, value):
    if name in _NUMBERS:
        is_number = isinstance(value, int | float) and 0 <= value <= _NUMBERS[name]
        return None if is_number else f"{name} is not the number that it should be"
    if name not in _SHAPES:
        return f"{name} has no shape in tests/support/log_secrets.py"
    if not (isinstance(value, str) and _SHAPES[name].fullmatch(value)):
        return f"{name} is not of its shape"
    if name not in _IDS and (_NUMBER.search(value) or _KEY.search(value)):
        return f"{name} holds a number or a key"
    return None
