"""A worker and messages without a code: codes come first, times are kept, restarts lose nothing, the log names each."""

import asyncio
import json

from app.domain.gateway import Unreachable
from app.domain.gateway_throttle import RateConfig
from app.domain.request_context import RequestContext
from app.domain.status import Status
from app.worker import run_worker
from tests.support.actions import start_verification
from tests.support.builders import OTHER_PHONE
from tests.support.fake_gateways import BlockingGateway, FakeGateway, with_gateways
from tests.support.outgoing import TEXT, accepted_id, message_request, send_messages
from tests.support.queues import wait_until_idle
from tests.support.running_worker import running_worker
from tests.support.stores import on_both_stores
from tests.support.waiting import until

pytestmark = on_both_stores
NUMBERS = [f"+3161234{last:04}" for last in range(60)]
REQUEST_ID = "rq_AAAAAAAAAAAAAAAAAAAAAA"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def texts(gateway):
    return [message for message in gateway.sent if not message.code]


def codes(gateway):
    return [message for message in gateway.sent if message.code]


async def test_a_bulk_is_sent(container):
    gateway = FakeGateway()
    async with running_worker(with_gateways(container, gateway)):
        await send_messages(container, *NUMBERS)
        await wait_until_idle(container)

    assert sorted(message.to.e164 for message in gateway.sent) == sorted(NUMBERS)


async def test_a_code_is_sent_while_a_bulk_hangs_at_the_vendor(container):
    """It has the slots that messages leave."""
    gateway = BlockingGateway()
    async with running_worker(with_gateways(container, gateway), slots=20):
        await send_messages(container, *NUMBERS)
        await until(lambda: len(texts(gateway)) == 10)
        for number in NUMBERS[:10]:
            await start_verification(container, number)
        await until(lambda: len(codes(gateway)) == 10)
        assert len(texts(gateway)) == 10
        gateway.go.set()
        await wait_until_idle(container)

    assert len(texts(gateway)) == 60


async def test_a_scheduled_message_is_sent_at_its_time_by_one_of_several_workers(container, clock):
    gateway = FakeGateway()
    served = with_gateways(container, gateway)
    id = await accepted_id(container, send_at=clock.now + 60_000)
    canceled = await accepted_id(container, OTHER_PHONE, send_at=clock.now + 60_000)
    await container.cancel_message(canceled, container.apps["dev"])
    async with running_worker(served), running_worker(served):
        clock.tick(ms=59_000)
        await accepted_id(container, NUMBERS[0])
        await until(lambda: gateway.sent)
        assert [message.to.e164 for message in gateway.sent] == [NUMBERS[0]]
        clock.tick(ms=1000)
        await until(lambda: len(gateway.sent) > 1)
        await wait_until_idle(container)

    assert [message.id for message in gateway.sent[1:]] == [id]


async def test_scheduled_and_queued_messages_survive_a_restart(make_container, clock):
    """All processes stop, and others start on the same store."""
    async with make_container() as first:
        ids = [await accepted_id(first, NUMBERS[0]), await accepted_id(first, NUMBERS[1], send_at=clock.now + 60_000)]
        down = FakeGateway(*[Unreachable("away")] * 3)
        async with running_worker(with_gateways(first, down)):
            await until(lambda: down.sent)
    clock.tick(seconds=60)
    gateway = FakeGateway()
    async with make_container() as second, running_worker(with_gateways(second, gateway)):
        await until(lambda: len(gateway.sent) == 2)
        await wait_until_idle(second)

        assert sorted(message.id for message in gateway.sent) == sorted(ids)
        assert {(await second.get_message(id, second.apps["dev"])).status for id in ids} == {Status.SENT}


async def test_the_log_of_a_scheduled_message_names_its_request_and_trace(container, clock, logged_lines):
    request = message_request(container, send_at=clock.now + 60_000)
    call = RequestContext(request.call.app, request_id=REQUEST_ID, traceparent=TRACEPARENT)
    request.call = call
    (accepted,) = await container.send_messages(request)
    clock.tick(seconds=60)
    gateway = FakeGateway()
    async with running_worker(with_gateways(container, gateway)):
        await until(lambda: gateway.sent)
        await wait_until_idle(container)

    lines = [json.loads(line) for line in logged_lines.getvalue().splitlines()]
    of_message = [line for line in lines if line["event"] in {"job", "delivery_attempt"}]
    assert {line["event"] for line in of_message} == {"job", "delivery_attempt"}
    for line in of_message:
        assert (line["request_id"], line["message"]) == (REQUEST_ID, accepted.id)
        assert line["traceparent"] == TRACEPARENT or line["trace_id"] in TRACEPARENT
        assert TEXT not in json.dumps(line)


async def test_a_bulk_that_is_slower_than_its_gateway_waits_in_the_queue(container, redis, key):
    """A worker takes what the gateway takes, so that Redis is not loaded by jobs that come back."""
    gateway = FakeGateway()
    served = with_gateways(container, gateway, paces={"carrier": RateConfig(rate=10)})
    stop = asyncio.Event()
    await send_messages(container, *NUMBERS[:60])
    task = asyncio.create_task(run_worker(served, slots=5, stop=stop))
    await until(lambda: len(gateway.sent) == 5)
    waiting = await redis.xlen(key("messages_queue"))
    stop.set()
    await task

    assert (len(gateway.sent), waiting) == (5, 55), "the clock of the throttle stands: its first burst"
    assert await redis.zcard(key("later_messages")) == 0
