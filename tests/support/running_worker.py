"""Run a worker in the test's own process."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

from app.domain.gateway_throttle import GatewayThrottle, RateConfig
from app.worker import run_worker


@asynccontextmanager
async def running_worker(container, *, slots=20):
    """Run a worker in this process until the `async with` block ends."""
    stop = asyncio.Event()
    throttles = {name: GatewayThrottle(RateConfig(slots=slots)) for name in container.deliver_message.throttles}
    container = replace(container, deliver_message=replace(container.deliver_message, throttles=throttles))
    task = asyncio.create_task(run_worker(container, slots=slots, stop=stop))
    try:
        yield
    finally:
        stop.set()
        await task
