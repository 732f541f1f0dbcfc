"""Faults of all kinds follow each other at random, for two minutes or for CHAOS_SECONDS."""

import time

import pytest

from tests.chaos import faults
from tests.chaos.vendor import Outage

pytestmark = pytest.mark.chaos
_LAST_FAULT_S = 10  # before the end


@pytest.mark.parametrize("redis_server", [("appendonly yes", "appendfsync always")], indirect=True, ids=["always"])
async def test_soak(run, redis_server, soak_seconds):
    """Redis is durable, so that nothing may be lost."""
    async with run(redis_server.url, gateways=2, processes=2) as scenario:
        choose = scenario.chance
        deadline = time.monotonic() + soak_seconds - _LAST_FAULT_S
        while time.monotonic() < deadline:
            seconds = choose.uniform(1, 5)
            fault = choose.choice(
                [
                    lambda _: faults.kill_worker(scenario),
                    lambda seconds: faults.pause_worker(scenario, seconds + 3),
                    lambda _: faults.kill_api_process(scenario),
                    lambda seconds: faults.pause_api_process(scenario, seconds),
                    lambda seconds: faults.restart_redis(scenario, redis_server, seconds),
                    lambda seconds: faults.pause_redis(scenario, redis_server, seconds),
                    lambda seconds: faults.refuse_writes(scenario, redis_server, seconds, maxmemory="1mb"),
                    lambda seconds: faults.refuse_writes(scenario, redis_server, seconds, min_replicas_to_write="1"),
                    lambda seconds: faults.fail_vendor(scenario, choose.choice(list(Outage)), seconds),
                ]
            )
            await fault(seconds)
            await scenario.wait(2, 5)
