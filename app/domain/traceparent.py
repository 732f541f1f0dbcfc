"""`traceparent`, by which tracing tools join the work of several services (W3C Trace Context, level 2)."""

import re

from app.domain.code import RandomBytes

_TRACEPARENT = re.compile("([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SPAN_BYTES = 8


def read_traceparent(header: str) -> str:
    """Return a valid header in the form of version 00, "" for any other: a later version may add parts."""
    match = _TRACEPARENT.fullmatch(header.strip())
    if match is None:
        return ""
    version, trace, parent, flags, more = match.groups()
    if version == "ff" or (version == "00" and more) or not trace.strip("0") or not parent.strip("0"):
        return ""
    return f"00-{trace}-{parent}-{flags}"


def next_traceparent(traceparent: str, random_bytes: RandomBytes) -> str:
    """Return the header of a further call within the same trace, whose parent is a new span of ours."""
    _, trace, _, flags = traceparent.split("-")
    return f"00-{trace}-{random_bytes(_SPAN_BYTES).hex()}-{flags}"
