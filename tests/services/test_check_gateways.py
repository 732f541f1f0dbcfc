"""Every gateway is asked whether its account works, and its reports are counted."""

import asyncio

import pytest

from app.container import open_container
from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.status import Reason, Status
from app.services.check_gateways import GatewayCheck, check_gateways
from tests.support.builders import make_settings
from tests.support.fake_gateways import Carrier
from tests.support.messages import tell
from tests.support.redis_proxy import SILENCE, Wire, closed_port


class Asked(Carrier):
    """Answers what it is told to when it is asked for its account, once all others are asked too."""

    def __init__(self, said, *, name, barrier=None):
        super().__init__(name=name)
        self._said = said
        self._barrier = barrier

    async def check(self):
        if self._barrier:
            await self._barrier.wait()
        if isinstance(self._said, Exception):
            raise self._said
        return self._said


def gateway_registry(*gateways):
    return {gateway.name: gateway for gateway in gateways}


async def test_all_are_asked_at_once_and_told_in_their_order():
    """One that hangs keeps the operator waiting for itself alone."""
    barrier = asyncio.Barrier(3)
    names = ["one", "two", "three"]

    async with asyncio.timeout(5):
        checked = await check_gateways(
            gateway_registry(*(Asked("fine", name=name, barrier=barrier) for name in names)), None
        )

    assert checked == [GatewayCheck(name, "fine", None) for name in names]


@pytest.mark.parametrize("failure", [Refused("no", reason=Reason.AUTH), Unreachable("away"), Unsure("?")], ids=repr)
async def test_a_failure_is_an_answer_and_costs_nobody_theirs(failure):
    checked = await check_gateways(gateway_registry(Asked(failure, name="one"), Asked("5 EUR", name="two")), None)

    assert [one.said for one in checked] == [failure, "5 EUR"]


async def test_nothing_is_sent(container):
    carrier = Asked("fine", name="one")

    await check_gateways(gateway_registry(carrier), container.messages)

    assert carrier.sent == []


async def test_reports_are_counted_by_gateway(container):
    await container.messages.apply(tell(container, Status.DELIVERED, reference="ms_nobody", gateway="one"))
    await container.messages.count_refused("one")

    checked = await check_gateways(
        gateway_registry(Asked("fine", name="one"), Asked("fine", name="two")), container.messages
    )

    assert [one.reports for one in checked] == [{"unknown": 1, "refused": 1}, {}]


async def test_a_redis_that_is_away_costs_the_counts_alone():
    async with open_container(make_settings(closed_port())) as container:
        (one,) = await check_gateways(gateway_registry(Asked("fine", name="one")), container.messages)

    assert one == GatewayCheck("one", "fine", None)


async def test_a_redis_that_says_nothing_costs_the_counts_alone(engine_url):
    async with Wire(engine_url) as redis_proxy:
        redis_proxy.says = SILENCE
        async with open_container(make_settings(redis_proxy.url)) as container:
            (one,) = await check_gateways(gateway_registry(Asked("fine", name="one")), container.messages)

    assert one == GatewayCheck("one", "fine", None)
