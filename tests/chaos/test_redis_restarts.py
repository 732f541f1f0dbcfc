"""Redis is killed, restarted and paused: calls are refused meanwhile, and nothing that was accepted is lost."""

import pytest

from tests.chaos import faults

pytestmark = pytest.mark.chaos
# Redis postpones the write of its file for so long while a sync of it is in progress:
# https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
_POSTPONED_S = 2.0
_FSYNC = {"everysec": _POSTPONED_S, "always": 0.0}


@pytest.mark.parametrize(
    ("redis_server", "may_lose_s"),
    [pytest.param(("appendonly yes", f"appendfsync {name}"), lost, id=name) for name, lost in _FSYNC.items()],
    indirect=["redis_server"],
)
async def test_redis_is_killed_and_restarted(run, redis_server, may_lose_s):
    async with run(redis_server.url) as scenario:
        for _ in range(2):
            await faults.restart_redis(scenario, redis_server, 2, may_lose_s=may_lose_s)
            await scenario.wait(4)


async def test_redis_is_paused(run, redis_server):
    async with run(redis_server.url) as scenario:
        for seconds in (1, 4):
            await faults.pause_redis(scenario, redis_server, seconds)
            await scenario.wait(4)
