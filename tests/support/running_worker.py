"""A worker in the test's own process."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

from app.domain.gateway_throttle import GatewayThrottle, RateConfig
from app.worker import run_worker


@asynccontextmanager
async def working(tools, *, slots=20):
    """Run a worker in this process until the block ends."""
    stop = asyncio.Event()
    desk = replace(tools.desk, gates={name: GatewayThrottle(RateConfig(slots=slots)) for name in tools.desk.gates})
    task = asyncio.create_task(run_worker(tools.queue, desk, slots=slots, stop=stop))
    try:
        yield
    finally:
        stop.set()
        await task
