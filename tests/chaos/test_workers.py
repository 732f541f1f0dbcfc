"""Workers are killed and paused at random: no accepted request and no event is lost."""

import pytest

from tests.chaos import faults

pytestmark = pytest.mark.chaos
_KILLS = 8
_PAUSES = 3


async def test_workers_are_killed(run, redis_server):
    async with run(redis_server.url) as scenario:
        for _ in range(_KILLS):
            await scenario.wait(0.1, 1)
            await faults.kill_worker(scenario)


async def test_workers_are_paused(run, redis_server):
    """For longer than the four seconds after which another worker claims its jobs; then it continues."""
    async with run(redis_server.url) as scenario:
        for _ in range(_PAUSES):
            await scenario.wait(0.2, 1.5)
            await faults.pause_worker(scenario, scenario.chance.uniform(4.5, 6))
