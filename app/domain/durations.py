"""How long to wait, as people and headers tell it."""


def whole_seconds(milliseconds: int) -> int:
    """Round up: whoever comes back then is never too early."""
    return -(-milliseconds // 1000)
