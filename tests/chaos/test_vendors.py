"""A vendor fails in every way: no user sees an error, and every code arrives while it can still be used."""

import pytest

from tests.chaos import faults
from tests.chaos.vendor import Outage

pytestmark = pytest.mark.chaos


@pytest.mark.parametrize("gateways", [1, 2])
async def test_a_vendor_fails(run, redis_server, gateways):
    async with run(redis_server.url, gateways=gateways) as scenario:
        for outage in Outage:
            await faults.fail_vendor(scenario, outage, 4)
            await scenario.wait(2)
    assert not any(call.is_failure for call in scenario.ledger.calls)
