"""A worker in the test's own process."""

import asyncio
from contextlib import asynccontextmanager

from app.worker import run_worker


@asynccontextmanager
async def working(tools, *, slots=20):
    """Run a worker in this process until the block ends."""
    stop = asyncio.Event()
    task = asyncio.create_task(run_worker(tools.queue, tools.desk, slots=slots, stop=stop))
    try:
        yield
    finally:
        stop.set()
        await task
