"""Conversion of durations for headers and texts."""


def whole_seconds(milliseconds: int) -> int:
    """Return milliseconds as whole seconds, rounded up: a client that retries then is never too early."""
    return -(-milliseconds // 1000)
