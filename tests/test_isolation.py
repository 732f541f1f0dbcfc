"""A hanging vendor delays neither other vendors nor reports."""

import pytest

from app.container import open_container
from app.domain.gateway_throttle import RateConfig
from app.domain.route import RouteStep
from tests.support.actions import read_verification, start_verification
from tests.support.builders import BLOCK_MS, make_settings
from tests.support.fake_gateways import BlockingGateway, FakeGateway, with_gateways
from tests.support.messages import report_job
from tests.support.running_worker import running_worker
from tests.support.waiting import until

HANGING = [f"+3247012{number:04}" for number in range(30)]
WORKING = [f"+3161234{number:04}" for number in range(30)]


@pytest.fixture
async def container(store_url, tag, server):
    """A container with a running clock, because a job that finds a gateway at its slots retries by it."""
    async with open_container(make_settings(store_url, tag), server=server, block_ms=BLOCK_MS) as container:
        await container.queue.open()
        yield container


async def test_while_one_vendor_hangs_all_sms_of_another_go_out(container):
    """Thirty SMS wait for the hanging vendor, which has three slots; the worker has six."""
    slow, quick = BlockingGateway(name="slow"), FakeGateway(name="quick")
    paces = {"slow": RateConfig(slots=3), "quick": RateConfig(slots=3)}
    beside = with_gateways(
        container, slow, quick, route=[[RouteStep("quick")]], countries={"BE": [[RouteStep("slow")]]}, paces=paces
    )
    async with running_worker(beside, slots=3):
        for number in HANGING:
            await start_verification(container, number)
        for number in WORKING:
            await start_verification(container, number)
        await until(lambda: len(quick.sent) == 30)

        assert len(slow.sent) == 3
        slow.go.set()
        await until(lambda: len(slow.sent) == 30)


async def test_while_every_vendor_hangs_reports_are_applied(container):
    slow = BlockingGateway(name="slow")
    async with running_worker(with_gateways(container, slow), slots=2):
        standing = await start_verification(container)
        await until(lambda: slow.sent)
        for number in WORKING[:10]:
            await start_verification(container, number)
        await until(lambda: len(slow.sent) > 1)
        report = report_job(container, "delivered", reference=slow.sent[0].id, gateway="slow")
        await container.queue.add("reports", [report.fields()])

        async def is_delivered():
            (send,) = (await read_verification(container, standing.id)).sends
            return send.messages and send.messages[0].status == "delivered"

        await until(is_delivered)
        slow.go.set()
