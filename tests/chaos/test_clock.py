"""The clock of Redis jumps by an hour, and back: what is requested afterwards is served at once."""

import time
from pathlib import Path

import pytest

from tests.chaos.conftest import DURABLE
from tests.chaos.vendor import Outage
from tests.support.redis_topologies import Server
from tests.support.waiting import until

pytestmark = pytest.mark.chaos
_JUMP_S = 10
_LIBRARIES = [str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketime.so.1")]


@pytest.fixture
async def moved_clock(tmp_path):
    """A server, and the file that moves its clock, as libfaketime reads it at each look at the clock."""
    if not _LIBRARIES:
        pytest.skip("needs Debian's package `libfaketime`")
    offset = tmp_path / "offset"
    offset.write_text("+0")
    environment = {
        "LD_PRELOAD": _LIBRARIES[0],
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    server = Server(tmp_path, *DURABLE, environment=environment)
    try:
        await until(server.is_up, within=60)
        yield server, offset
    finally:
        server.kill()


@pytest.mark.parametrize("jump", [3600, -3600], ids=["ahead", "behind"])
async def test_the_clock_of_redis_jumps(run, moved_clock, jump):
    """Codes that were pending expire. A vendor that is away meanwhile lets jobs wait by the wrong clock."""
    server, offset = moved_clock

    async def has_jumped():
        seconds, _ = await server.ask("TIME")
        return abs(int(seconds) - time.time()) > abs(jump) / 2

    async with run(server.url) as scenario:
        async with scenario.fault(loses_from=0.0):
            offset.write_text(f"{jump:+}")
            await until(has_jumped)
            await scenario.vendors[0].fail(Outage.ANSWERS_503)
            await scenario.wait(_JUMP_S / 2)
            await scenario.vendors[0].work()
            await scenario.wait(_JUMP_S / 2)
            offset.write_text("+0")
            scenario.heal()
        await scenario.wait(6)


async def test_a_worker_dies_while_the_clock_of_redis_is_ahead(run, moved_clock):
    """What it had in hand is sent by another worker once the clock is right."""
    server, offset = moved_clock
    async with run(server.url) as scenario:
        async with scenario.fault(loses_from=0.0):
            offset.write_text("+3600")
            await scenario.vendors[0].fail(Outage.HANGS)
            await scenario.wait(2)
            await scenario.fleet.kill_worker(scenario.chance)
            await scenario.vendors[0].work()
            offset.write_text("+0")
            scenario.heal()
        await scenario.wait(6)
    assert not scenario.ledger.lost_by_design()["accepted and lost"]
