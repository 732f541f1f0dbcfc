"""Checks every line that the service logs during a test for secrets.

It lists what may be logged, field by field, instead of the secrets to search for: a code looks like
any other number. A new log field needs a pattern here.
"""

import io
import logging
import re
import sys
import warnings
from contextlib import contextmanager

import orjson
import structlog

from app.logs import set_up_logs

_WORD = re.compile(r"[a-z][a-z_]{0,63}")
_CLASS = re.compile(r"[A-Za-z_]\w{0,39}")  # shorter than any secret
_PATTERNS = {
    "event": _WORD,
    "level": _WORD,
    "timestamp": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"),
    "request_id": re.compile(r"rq_[\w-]{22}"),
    "method": re.compile(r"-|[A-Z]{3,7}"),
    "route": re.compile(
        r"-|/|(/(\{[a-z_]+\}(\.json)?|\.?[A-Za-z][a-z.A-Z-]*(\{[a-z_]+\})?|v\d|2010-04-01))+"
    ),  # a version of Twilio's API
    "error": _CLASS,
    "where": re.compile(r"\?|[A-Za-z_][\w.]{0,99}:\d{1,5}"),
    "logger": re.compile(r"[A-Za-z_][\w.]{0,99}"),
    "sentence": re.compile(r"[\w %.,:'()\[\]-]{1,200}"),  # a library's own, without its arguments
    "queue": _WORD,
    "job": re.compile(r"\d{13}-\d{1,6}"),
    "outcome": _WORD,
    "verification": re.compile(r"vf_[\w-]{1,22}"),
    "send": re.compile(r"\d{1,3}|x"),  # x: of an unreadable job
    "gateway": re.compile(r"[a-z][a-z0-9_]{0,31}"),
    "gateways": re.compile(r"[a-z][a-z0-9_]{0,31}(, [a-z][a-z0-9_]{0,31})*"),
    "message": re.compile(r"ms_[\w-]{22}"),
    "message_status": _WORD,  # the status of the message after the event
    "reason": _WORD,
    "word": re.compile(r"[\w.: -]{1,64}"),  # the vendor's own reason
    "reference": re.compile(r"foreign|ms_[\w-]{22}"),
    "worker": re.compile(r"worker-[0-9a-f]{8}"),
    "app": re.compile(r"[a-z][a-z_-]{0,31}"),
    "countries": re.compile(r"([A-Z]{2}|\*)(, ([A-Z]{2}|\*))*"),  # of a route; * is the default
    "country": re.compile(r"[A-Z]{2}|001"),  # of a number
    "number": re.compile(r"n_[\w-]{12}"),  # the keyed name of a number
    "code": re.compile(r"[a-z_]{1,40}"),  # of a problem
    "limit": _WORD,
    "redis": re.compile(r"[A-Za-z_]{1,40}"),  # Redis' own word for a failure, or that of the operating system
    "traceparent": re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"),
    "version": re.compile(r"\d{1,3}(\.\d{1,3}){1,2}(\.dev\d{1,3})?"),
    "environment": re.compile("development|production"),
    "url": re.compile(r"https?://[a-z0-9.:\[\]-]{1,100}"),
    "store": re.compile("embedded|redis|unix|sentinel|cluster"),
    "problem": re.compile(r"[a-z_]{1,40}|(OTP_[A-Z_]+|Redis ).{1,600}"),  # a sentence that quotes no value of a setting
    "decision": _WORD,
    "mode": _WORD,
    "evidence": re.compile(r"[a-z]+(,[a-z]+)*"),
    "block": re.compile(r"b_[\w-]{12}"),  # the keyed name of a block of numbers
    "range": re.compile(r"r_[\w-]{12}"),  # the same of an operator's range
    # What an operator allows, blocks or cancels, or the app and the digest of a file that is sent.
    "subject": re.compile(r"[A-Z]{2}|001|[br]_[\w-]{12}|ms_[\w-]{22}|[a-z][a-z_-]{0,31}:[0-9a-f]{7}"),
    "act": _WORD,
    "operator": re.compile(r"[\w.@+-]{1,128}"),
    "hook": re.compile(r"[a-z][a-z0-9_-]{0,31}"),  # its name in OTP_HOOKS
    "endpoint": re.compile(r"[0-9a-f]{8}"),  # of events: the first characters of its URL's digest
    "type": re.compile(r"[a-z]+\.[a-z]+|unknown"),  # of an event
    "why": re.compile(r"[a-z][a-z_]{0,39}|http_\d{3}"),  # an event was not delivered
    "key": re.compile(r"[0-9a-f]{8}"),  # the id of an API key: the first characters of its digest
}
_NUMBERS = {
    "status": 599,
    "ms": 600_000,
    "tries": 1000,
    "slots": 1000,
    "port": 65_535,
    "ports": 64,
    "percent": 100,
    "replicas": 64,
    "wanted": 5,
    "window": 30 * 86400,
    "processes": 64,
    "pid": 2**22,
    "exit_code": 255,
}  # field -> largest accepted value
# Fields with random characters.
_IDS = {
    "timestamp",
    "request_id",
    "job",
    "verification",
    "reference",
    "message",
    "worker",
    "key",
    "number",
    "traceparent",
    "endpoint",
}

_NUMBER = re.compile(r"\d{8,}")
_KEY = re.compile(r"[sp]k_\w|Bearer|eyJ|whsec_")
_TEXT = re.compile(r"[Cc]ode\.|is your|@\S+ #")
_CODE = re.compile(r"(?<![\w.,:§-])\d{4,10}(?![\w.,-])")
_PORT = re.compile(r"\bports? \d{1,5}\b")


@contextmanager
def checked_logs():
    """Capture all logs at debug level until the block ends; fails if a line holds a secret."""
    root, hooks, before = logging.getLogger(), (sys.excepthook, warnings.showwarning), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    stream = io.BytesIO()
    set_up_logs("debug", stream=stream)
    try:
        yield stream
    finally:
        root.handlers, (sys.excepthook, warnings.showwarning) = handlers, hooks
        root.setLevel(level)
        structlog.configure(**before)
    assert_no_secrets(stream.getvalue())


def assert_no_secrets(logs):
    """Fail if a log line holds a secret."""
    leaks = {line: leak for line in logs.splitlines() if (leak := leaks_in(line))}
    assert not leaks, leaks


def leaks_in(line):
    """Return the leaks of a log line, none for a good one. A line that is no JSON is checked as plain text."""
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError:
        fields = None
    if not isinstance(fields, dict):
        return leaks_in_text(line.decode(errors="replace"))
    return [leak for name, value in fields.items() if (leak := _leak_in_field(name, value))]


def leaks_in_text(text):
    """Return the leaks of a plain text: a number, a key, an isolated code, an SMS text."""
    rest = _PORT.sub("", text)
    patterns = {"a number": _NUMBER, "a key": _KEY, "a text": _TEXT, "a code": _CODE}
    return [kind for kind, pattern in patterns.items() if pattern.search(rest)]


def _leak_in_field(name, value):
    if name in _NUMBERS:
        is_number = isinstance(value, int | float) and 0 <= value <= _NUMBERS[name]
        return None if is_number else f"{name} is not a number in its range"
    if name not in _PATTERNS:
        return f"{name} has no pattern in tests/support/log_secrets.py"
    if not (isinstance(value, str) and _PATTERNS[name].fullmatch(value)):
        return f"{name} does not match its pattern"
    if name == "sentence" and leaks_in_text(value):
        return f"{name} holds {leaks_in_text(value)}"
    if name not in _IDS and (_NUMBER.search(value) or _KEY.search(value)):
        return f"{name} holds a number or a key"
    return None
