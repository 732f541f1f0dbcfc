"""Account checks of all gateways, with the counts of their reports."""

import asyncio

import pytest

from app.container import open_container
from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.status import Reason, Status
from app.services.check_gateways import GatewayCheck, check_gateways
from tests.support.builders import make_settings
from tests.support.fake_gateways import FakeGateway
from tests.support.messages import apply_report, report_job
from tests.support.redis_proxy import NO_REPLY, RedisProxy, closed_port_url


class CheckedGateway(FakeGateway):
    """A gateway whose account check returns a given result, after the barrier where one is set."""

    def __init__(self, result, *, name, barrier=None):
        super().__init__(name=name)
        self._result = result
        self._barrier = barrier

    async def check(self):
        if self._barrier:
            await self._barrier.wait()
        if isinstance(self._result, Exception):
            raise self._result
        return self._result


def gateway_registry(*gateways):
    return {gateway.name: gateway for gateway in gateways}


async def test_gateways_are_checked_concurrently_and_returned_in_order():
    """A gateway that hangs delays no other check."""
    barrier = asyncio.Barrier(3)
    names = ["one", "two", "three"]

    async with asyncio.timeout(5):
        checked = await check_gateways(
            gateway_registry(*(CheckedGateway("fine", name=name, barrier=barrier) for name in names)), None
        )

    assert checked == [GatewayCheck(name, "fine", None) for name in names]


@pytest.mark.parametrize("failure", [Refused("no", reason=Reason.AUTH), Unreachable("away"), Unsure("?")], ids=repr)
async def test_a_failed_check_leaves_the_others_intact(failure):
    checked = await check_gateways(
        gateway_registry(CheckedGateway(failure, name="one"), CheckedGateway("5 EUR", name="two")), None
    )

    assert [one.result for one in checked] == [failure, "5 EUR"]


async def test_a_check_sends_no_sms(container):
    gateway = CheckedGateway("fine", name="one")

    await check_gateways(gateway_registry(gateway), container.messages)

    assert gateway.sent == []


async def test_reports_are_counted_by_gateway(container):
    await apply_report(container, report_job(container, Status.DELIVERED, reference="ms_nobody", gateway="one"))
    await container.messages.count_refused("one")

    checked = await check_gateways(
        gateway_registry(CheckedGateway("fine", name="one"), CheckedGateway("fine", name="two")), container.messages
    )

    assert [one.reports for one in checked] == [{"unknown": 1, "refused": 1}, {}]


async def test_without_redis_gateways_are_checked_without_counts():
    async with open_container(make_settings(closed_port_url())) as container:
        (one,) = await check_gateways(gateway_registry(CheckedGateway("fine", name="one")), container.messages)

    assert one == GatewayCheck("one", "fine", None)


async def test_with_a_silent_redis_gateways_are_checked_without_counts(engine_url):
    async with RedisProxy(engine_url) as redis_proxy:
        redis_proxy.canned_reply = NO_REPLY
        async with open_container(make_settings(redis_proxy.url)) as container:
            (one,) = await check_gateways(gateway_registry(CheckedGateway("fine", name="one")), container.messages)

    assert one == GatewayCheck("one", "fine", None)
