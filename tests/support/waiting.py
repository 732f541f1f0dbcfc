"""Waits for something that another process or task does, and never a fixed time."""

import asyncio
import time
from inspect import isawaitable

_GLANCE = 0.02


async def until(true, *, within=10.0):
    """Look again and again until `true()` says something true, and give that; fails after so many seconds."""
    ends = time.monotonic() + within
    while True:
        said = true()
        if isawaitable(said):
            said = await said
        if said:
            return said
        assert time.monotonic() < ends, f"it did not become true within {within} s"
        await asyncio.sleep(_GLANCE)
