"""Poll for an effect of another process or task instead of sleeping for a fixed time."""

import asyncio
import time
from inspect import isawaitable

_POLL_INTERVAL = 0.02


async def until(condition, *, within=10.0):
    """Poll `condition()` until it returns a true value, and return that; fail after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        result = condition()
        if isawaitable(result):
            result = await result
        if result:
            return result
        assert time.monotonic() < deadline, f"it did not become true within {within} s"
        await asyncio.sleep(_POLL_INTERVAL)
