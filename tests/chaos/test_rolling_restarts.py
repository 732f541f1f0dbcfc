"""API processes and workers are replaced one after the other under load, as an upgrade does it."""

import signal

import pytest

from tests.support.waiting import until

pytestmark = pytest.mark.chaos
_START_S = 180.0


async def test_api_processes_and_workers_are_restarted(run, redis_server):
    """By SIGHUP to `otp serve`, and by SIGTERM to each worker once its successor has started."""
    async with run(redis_server.url, processes=2) as scenario:
        for _ in range(2):
            await _restart_api(scenario.fleet)
            for _ in range(2):
                assert await scenario.fleet.restart_worker() == 0
    assert not any(call.is_failure for call in scenario.ledger.calls)


async def _restart_api(fleet):
    before = set(fleet.api_children())

    def is_replaced():
        now = set(fleet.api_children())
        return len(now) == len(before) and not now & before

    fleet.api.process.send_signal(signal.SIGHUP)
    await until(is_replaced, within=_START_S)
    await until(fleet.is_ready, within=_START_S)
