"""Delivering messages without a verification: how each ends, and how it waits for codes."""

import asyncio

import pytest

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.gateway_throttle import RateConfig
from app.domain.jobs import SendJob
from app.domain.outgoing_message import OwnCode
from app.domain.status import Reason, Status
from app.services.deliver_message import Bury, Completed, Retry
from tests.support.actions import start_verification
from tests.support.builders import OTHER_PHONE
from tests.support.event_receiver import event_apps, take
from tests.support.fake_gateways import BlockingGateway, FakeGateway, deliver_job_with, delivery_with
from tests.support.messages import apply_report, report_job
from tests.support.outgoing import accepted_id
from tests.support.waiting import until

NUMBERS = [f"+316123456{last:02}" for last in range(30)]


@pytest.fixture
async def container(make_container):
    async with make_container(apps=event_apps(types=["message.failed"])) as container:
        yield container


@pytest.fixture
def text_of(redis, key):
    """Read the stored text of a message by its id; None once it is erased."""
    return lambda message_id: redis.get(key("text", message_id))


async def status_of(container, id):
    return (await container.get_message(id, container.apps["dev"])).status


async def events_of(container):
    return [event.data(event.type)["status"] for event in await take(container)]


async def test_failover_has_an_id_of_its_own_for_each_further_gateway(container):
    one = FakeGateway(Unreachable("away"), Unreachable("away"), name="one")
    two = FakeGateway(Refused("no", reason=Reason.CONFIG), name="two")
    three = FakeGateway(name="three")
    id = await accepted_id(container)

    assert await deliver_job_with(delivery_with(container, one, two, three), SendJob(id, 1)) == Completed("sent")

    assert [message.id for message in one.sent] == [id]
    others = {two.sent[0].id, three.sent[0].id}
    assert len(others) == 2
    assert id not in others


async def test_unreachable_gateway_is_called_again_by_the_first_id(container):
    gateway, id = FakeGateway(Unreachable("away")), await accepted_id(container)

    assert await deliver_job_with(delivery_with(container, gateway), SendJob(id, 1)) == Retry("unreachable", 500)
    assert await deliver_job_with(delivery_with(container, gateway), SendJob(id, 1), tries=1) == Completed("sent")

    assert [message.id for message in gateway.sent] == [id, id]


async def test_message_that_waited_too_long_expires(container, clock, text_of):
    gateway, id = FakeGateway(), await accepted_id(container, ttl=60)
    clock.tick(seconds=60)

    assert await deliver_job_with(delivery_with(container, gateway), SendJob(id, 1)) == Completed("expired")

    assert gateway.sent == []
    assert (await status_of(container, id), await text_of(id)) == (Status.EXPIRED, None)
    assert await events_of(container) == ["expired"]


async def test_message_without_time_for_a_further_try_expires_as_a_dead_letter(container, text_of):
    gateway, id = FakeGateway(Unreachable("away", after=60)), await accepted_id(container, ttl=60)

    assert await deliver_job_with(delivery_with(container, gateway), SendJob(id, 1)) == Bury("unreachable")

    assert (await status_of(container, id), await text_of(id)) == (Status.EXPIRED, None)
    assert await events_of(container) == ["expired"]


@pytest.mark.parametrize(
    ("answer", "status", "events"),
    [(Refused("no", reason=Reason.INVALID_NUMBER), Status.FAILED, ["failed"]), (Unsure("?"), Status.UNKNOWN, [])],
)
async def test_text_that_is_not_sent_again_is_erased(container, text_of, answer, status, events):
    id = await accepted_id(container)

    await deliver_job_with(delivery_with(container, FakeGateway(answer)), SendJob(id, 1))

    assert (await status_of(container, id), await text_of(id)) == (status, None)
    assert await events_of(container) == events


async def test_text_of_a_dead_letter_stays_for_its_replay(container, text_of):
    gateway, id = FakeGateway(Refused("no", reason=Reason.CONTENT_REJECTED)), await accepted_id(container)

    assert await deliver_job_with(delivery_with(container, gateway), SendJob(id, 1)) == Bury("refused_content_rejected")
    assert await text_of(id)
    replayed = SendJob(id, 1, replayed=True)
    assert await deliver_job_with(delivery_with(container, gateway), replayed, by="job-2") == Completed("sent")
    assert gateway.sent[1].id != id, "the message by the first id has failed"
    assert (await status_of(container, id), await text_of(id)) == (Status.SENT, None)


async def test_text_of_an_opted_out_recipient_is_erased(container, text_of):
    first, second = await accepted_id(container), await accepted_id(container)
    stop = FakeGateway(Refused("no", reason=Reason.OPTED_OUT))
    for id in (first, second):
        assert await deliver_job_with(delivery_with(container, stop), SendJob(id, 1)) == Completed("refused_opted_out")

    assert len(stop.sent) == 1
    assert [await text_of(id) for id in (first, second)] == [None, None]


async def test_failed_report_queues_no_further_send(container, redis, key):
    """The text was erased when the gateway took it; jobs without one would delay those of codes."""
    id = await accepted_id(container)
    await deliver_job_with(delivery_with(container, FakeGateway()), SendJob(id, 1))

    await apply_report(container, report_job(container, "failed", reference=id, gateway="carrier"), further=True)

    assert await redis.xlen(key("sends_queue")) == 0
    assert await status_of(container, id) is Status.FAILED


async def test_a_message_waits_for_its_gateway_and_a_code_goes_to_the_next(container):
    one, two = FakeGateway(name="one"), FakeGateway(name="two")
    delivery = delivery_with(container, one, two, paces={"one": RateConfig(rate=2)})
    ids = [await accepted_id(container, number) for number in NUMBERS[:3]]
    results = [await deliver_job_with(delivery, SendJob(id, 1)) for id in ids]

    assert results[0] == Completed("sent")
    assert [(result.what, result.counts) for result in results[1:]] == [("paced", False)] * 2
    assert results[2].wait_ms - results[1].wait_ms == 500, "they have places in line, at the gateway's rate"
    codes = [SendJob((await start_verification(container, number)).id, 1) for number in NUMBERS[:2]]
    assert [await deliver_job_with(delivery, job) for job in codes] == [Completed("sent")] * 2
    assert (len(one.sent), len(two.sent)) == (2, 1), "the first code had the call that messages leave"


async def test_messages_leave_slots_to_codes(container):
    """A vendor hangs: a code still has slots."""
    gateway = BlockingGateway()
    delivery = delivery_with(container, gateway, paces={"carrier": RateConfig(slots=4)})
    jobs = [SendJob(await accepted_id(container, number), 1) for number in NUMBERS[:3]]
    jobs.append(SendJob(await accepted_id(container, OTHER_PHONE, content=OwnCode("042137")), 1))

    delivering = asyncio.gather(*(deliver_job_with(delivery, job, by=job.record) for job in jobs))
    await until(lambda: len(gateway.sent) == 3)
    gateway.go.set()

    assert [result.what for result in await delivering] == ["sent", "sent", "full", "sent"]
