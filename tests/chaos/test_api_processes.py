"""Processes of `otp serve` are killed and paused: the others serve, and what was in flight can be repeated."""

import pytest

from tests.chaos import faults

pytestmark = pytest.mark.chaos


async def test_api_processes_are_killed(run, redis_server):
    async with run(redis_server.url, processes=2) as scenario:
        for _ in range(4):
            await scenario.wait(0.5, 2)
            await faults.kill_api_process(scenario)


async def test_the_only_api_process_is_killed(run, redis_server):
    """Connections are refused until another one serves."""
    async with run(redis_server.url) as scenario:
        for _ in range(3):
            await faults.restart_api(scenario)
            await scenario.wait(2, 3)


async def test_api_processes_are_paused(run, redis_server):
    """What they have accepted waits for them, or for the caller's own time limit."""
    async with run(redis_server.url, processes=2) as scenario:
        for _ in range(3):
            await scenario.wait(0.5, 2)
            await faults.pause_api_process(scenario, 3)
