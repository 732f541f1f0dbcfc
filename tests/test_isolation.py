"""A vendor that hangs is in nobody else's way: not in another vendor's, not in a report's."""

import pytest

from app.container import open_container
from app.domain.gateway_throttle import RateConfig
from app.domain.route import RouteStep
from tests.support.actions import ask, look
from tests.support.builders import BLOCK_MS, make_settings
from tests.support.fake_gateways import Carrier, Slow, with_gateway
from tests.support.messages import tell
from tests.support.running_worker import working
from tests.support.waiting import until

HANGING = [f"+3247012{number:04}" for number in range(30)]
WORKING = [f"+3161234{number:04}" for number in range(30)]


@pytest.fixture
async def container(store_url, tag, server):
    """With a clock that runs: whoever finds a gateway full comes back by it."""
    async with open_container(make_settings(store_url, tag), server=server, block_ms=BLOCK_MS) as container:
        await container.queue.open()
        yield container


async def test_while_one_vendor_hangs_all_sms_of_another_go_out(container):
    """Thirty wait for the one, which takes three at once; the worker has room for six."""
    slow, quick = Slow(name="slow"), Carrier(name="quick")
    paces = {"slow": RateConfig(slots=3), "quick": RateConfig(slots=3)}
    beside = with_gateway(
        container, slow, quick, route=[[RouteStep("quick")]], countries={"BE": [[RouteStep("slow")]]}, paces=paces
    )
    async with working(beside, slots=3):
        for number in HANGING:
            await ask(container, number)
        for number in WORKING:
            await ask(container, number)
        await until(lambda: len(quick.sent) == 30)

        assert len(slow.sent) == 3
        slow.go.set()
        await until(lambda: len(slow.sent) == 30)


async def test_while_every_vendor_hangs_reports_are_applied(container):
    slow = Slow(name="slow")
    async with working(with_gateway(container, slow), slots=2):
        standing = await ask(container)
        await until(lambda: slow.sent)
        for number in WORKING[:10]:
            await ask(container, number)
        await until(lambda: len(slow.sent) > 1)
        report = tell(container, "delivered", reference=slow.sent[0].id, gateway="slow")
        await container.queue.add("reports", [report.fields()])

        async def is_delivered():
            (send,) = (await look(container, standing.id)).sends
            return send.messages and send.messages[0].status == "delivered"

        await until(is_delivered)
        slow.go.set()
