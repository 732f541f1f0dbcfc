"""The worker: delivers sends, applies reports, retries, buries jobs and survives errors."""

import json
from dataclasses import replace

from app.domain.gateway import Refused, Unreachable
from app.domain.message import Accepted
from app.domain.route import RouteStep
from app.domain.status import Reason, Status
from tests.support.actions import cancel, check, read_verification, start_verification
from tests.support.builders import OTHER_PHONE
from tests.support.fake_gateways import FakeGateway, with_gateways
from tests.support.messages import report_job
from tests.support.queues import wait_until_idle
from tests.support.running_worker import running_worker
from tests.support.waiting import until

NUMBERS = [f"+316123456{last:02}" for last in range(30)]


async def test_worker_sends_a_requested_code(container):
    gateway = FakeGateway()
    async with running_worker(with_gateways(container, gateway)):
        verification = await start_verification(container)
        await wait_until_idle(container)

    assert await check(container, gateway.codes[0], id=verification.id)
    assert (await read_verification(container, verification.id)).sends[0].messages[0].status == Status.SENT


async def test_worker_applies_reports(container):
    gateway = FakeGateway()
    async with running_worker(with_gateways(container, gateway)):
        verification = await start_verification(container)
        await until(lambda: gateway.sent)
        report = report_job(container, "delivered", reference=gateway.sent[0].id)
        await container.queue.add("reports", [report.fields()])
        await wait_until_idle(container)

    assert (await read_verification(container, verification.id)).sends[0].messages[0].status == Status.DELIVERED


async def test_worker_sends_a_heartbeat(container):
    async with running_worker(container):
        assert await until(lambda: _has_worker(container))


async def test_worker_says_at_its_start_which_dlt_ids_are_ignored(container, logged_lines):
    route = {"IN": [[RouteStep("carrier", entity_id="1101")]]}
    async with running_worker(with_gateways(container, FakeGateway(), countries=route)):
        await until(lambda: _has_worker(container))

    (line,) = [line for line in logged_lines.getvalue().splitlines() if b"dlt_ids_ignored" in line]
    assert json.loads(line).items() >= {"gateway": "carrier", "countries": "IN", "level": "warning"}.items()


async def _has_worker(container):
    return (await container.health.snapshot()).has_worker


async def test_send_of_an_ended_verification_is_dropped(container):
    gateway = FakeGateway()
    verification = await start_verification(container)
    await cancel(container, verification.id)
    async with running_worker(with_gateways(container, gateway)):
        await wait_until_idle(container)

    assert gateway.sent == []


async def test_unreachable_gateway_is_retried_after_a_delay(container, clock, redis, key):
    gateway = FakeGateway(Unreachable("away"), Unreachable("away"))
    async with running_worker(with_gateways(container, gateway)):
        await start_verification(container)
        for tries, wait_ms in ((1, 500), (2, 1000)):
            await until(lambda: len(gateway.sent) == tries)  # noqa: B023  read before it changes
            await until(lambda: redis.zcard(key("later")))
            clock.tick(ms=wait_ms)
        await wait_until_idle(container)

    assert len(gateway.sent) == 3


async def test_job_is_buried_after_twenty_tries(container):
    gateway = FakeGateway(Unreachable("away"))
    verification = await start_verification(container)
    (job,) = await container.queue.take("sends", "w", most=1)
    await container.queue.put_back(replace(job, tries=18), wait_ms=0)
    async with running_worker(with_gateways(container, gateway)):
        await until(container.dead_letters.list)

    (dead_letter,) = await container.dead_letters.list()
    assert (dead_letter.why, dead_letter.tries, dead_letter.names["verification"]) == (
        "unreachable",
        19,
        verification.id,
    )


async def test_job_refused_for_the_account_is_buried_at_once_and_can_be_replayed(container, clock):
    gateway = FakeGateway(Refused("no", reason=Reason.NO_CREDIT))
    async with running_worker(with_gateways(container, gateway)):
        await start_verification(container)
        (dead_letter,) = await until(container.dead_letters.list)
        clock.tick(seconds=10)  # the circuit breaker opens for a gateway without credit
        await container.dead_letters.replay(dead_letter.id)
        await wait_until_idle(container)

    assert dead_letter.why == "refused_no_credit"
    assert len(gateway.sent) == 2
    assert await container.dead_letters.list() == []


async def test_unexpected_error_ends_neither_the_worker_nor_the_job(container, clock, redis, key):
    """One message that crashes a gateway must not stop the others."""
    gateway = FakeGateway(ZeroDivisionError("a bug"), Accepted("v-1"))
    async with running_worker(with_gateways(container, gateway)):
        await start_verification(container)
        await until(lambda: redis.zcard(key("later")))
        await start_verification(container, OTHER_PHONE)
        await until(lambda: len(gateway.sent) == 2)
        clock.tick(seconds=2)
        await wait_until_idle(container)

    assert len(gateway.sent) == 3


async def test_unreadable_job_is_buried_and_does_not_block_others(container):
    gateway = FakeGateway()
    await container.queue.add("sends", [{"send": "x", "tries": "9"}])
    async with running_worker(with_gateways(container, gateway)):
        await start_verification(container)
        await until(lambda: gateway.sent)
        (dead_letter,) = await until(container.dead_letters.list)

    assert (dead_letter.why, dead_letter.tries) == ("unreadable_job", 9)


async def test_job_of_an_unknown_verification_is_dropped(container):
    gateway = FakeGateway()
    await container.queue.add("sends", [{"verification": "vf_none", "send": "1"}])
    async with running_worker(with_gateways(container, gateway)):
        await wait_until_idle(container)

    assert gateway.sent == []
    assert await container.dead_letters.list() == []
