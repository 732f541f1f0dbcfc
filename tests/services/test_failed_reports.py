"""A vendor took the SMS and gave it up, or says nothing: the next gateway is asked, once for each message."""

import asyncio

import pytest

from app.domain.jobs import ReportJob, SendJob
from app.domain.status import Reason, Status
from app.services.apply_report import apply_report
from app.services.deliver_message import Completed
from tests.support.actions import ask, cancel, look
from tests.support.fake_gateways import Carrier, carry_by, desk_of
from tests.support.messages import tell
from tests.support.stores import on_both_stores

VENDORS_FAULT = [reason for reason in Reason if not reason.concerns_number]


@pytest.fixture
async def sent(container):
    """A send that gateway `one` took as `v-1`; gives its job and the desk."""
    delivery = desk_of(container, Carrier(name="one"), Carrier(name="two"), report_wait=20)
    job = SendJob((await ask(container)).id, 1)
    assert await carry_by(delivery, job) == Completed("sent")
    await container.queue.take("sends", "w", most=10)
    return job, delivery


async def tell_failure(container, status="failed", *, reason="provider_error", has_others=True, **changes):
    told = tell(container, status, gateway="one", reason=reason, **changes)
    return await apply_report(ReportJob.read(told.fields()), messages=container.messages, has_others=has_others)


async def queued(container):
    return [SendJob.read(job.fields) for job in await container.queue.take("sends", "w", most=10)]


async def gateways_of(container, job):
    (send,) = (await look(container, job.verification)).sends
    return [(message.gateway, message.status) for message in send.messages]


@pytest.mark.parametrize("status", ["failed", "undelivered", "expired"])
@pytest.mark.parametrize("reason", VENDORS_FAULT)
async def test_a_message_that_failed_for_no_fault_of_its_number_goes_to_the_next_gateway(
    container, sent, status, reason
):
    job, delivery = sent

    assert await tell_failure(container, status, reason=reason) == "moved"
    assert await queued(container) == [job]
    assert await carry_by(delivery, job, by="job-2") == Completed("sent")

    assert await gateways_of(container, job) == [("one", Status(status)), ("two", Status.SENT)]


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.concerns_number])
async def test_a_message_that_failed_for_its_numbers_sake_goes_nowhere(container, sent, reason):
    job, delivery = sent

    assert await tell_failure(container, reason=reason) == "moved"
    assert await queued(container) == []
    assert await carry_by(delivery, job, by="job-2") == Completed(f"refused_{reason}")


@on_both_stores
async def test_racing_reports_of_one_failure_start_one_further_send(container, sent):
    answers = await asyncio.gather(*(tell_failure(container) for _ in range(20)))

    assert answers.count("moved") == 1
    assert len(await queued(container)) == 1


async def test_with_one_gateway_a_failed_report_starts_nothing(container, sent):
    await tell_failure(container, has_others=False)

    assert await queued(container) == []


async def test_a_failed_report_of_what_has_ended_is_dropped_with_its_job(container, sent):
    job, delivery = sent
    await cancel(container, job.verification)
    await tell_failure(container)

    assert [await carry_by(delivery, one, by="job-2") for one in await queued(container)] == [Completed("dropped")]


async def test_a_delivery_that_is_told_late_ends_the_search(container, sent):
    """The first report was wrong: vendors correct themselves."""
    job, delivery = sent
    await tell_failure(container)
    await tell_failure(container, "delivered", reason="")

    assert await carry_by(delivery, job, by="job-2") == Completed("sent")
    assert await gateways_of(container, job) == [("one", Status.DELIVERED)]


async def test_where_every_gateway_took_it_and_gave_it_up_nobody_can_mend_it(container, sent):
    job, delivery = sent
    await tell_failure(container)
    await carry_by(delivery, job, by="job-2")
    await apply_report(tell(container, "failed", gateway="two", reason="provider_error"), messages=container.messages)

    assert await carry_by(delivery, job, by="job-3") == Completed("failed")


async def test_after_a_silence_the_next_gateway_is_asked(container, clock, sent):
    job, delivery = sent
    clock.tick(seconds=19)
    assert await container.queue.wake() == 0
    clock.tick(seconds=1)
    assert await container.queue.wake() == 1

    (silent,) = await queued(container)
    assert await carry_by(delivery, silent, by="job-2") == Completed("sent")
    assert await gateways_of(container, job) == [("one", Status.SENT), ("two", Status.SENT)]


@pytest.mark.parametrize("status", ["buffered", "delivered"])
async def test_a_vendor_that_tells_anything_is_not_silent(container, clock, sent, status):
    job, delivery = sent
    await tell_failure(container, status, reason="")
    clock.tick(seconds=20)
    await container.queue.wake()

    (silent,) = await queued(container)
    assert await carry_by(delivery, silent, by="job-2") == Completed("sent")
    assert len(await gateways_of(container, job)) == 1


async def test_each_silence_asks_one_gateway_more_until_none_is_left(container, clock):
    delivery = desk_of(container, *(Carrier(name=name) for name in ("one", "two", "three")), report_wait=20)
    job = SendJob((await ask(container)).id, 1)
    await carry_by(delivery, job)
    await container.queue.take("sends", "w", most=10)

    ends = []
    for number in range(3):
        clock.tick(seconds=20)
        await container.queue.wake()
        (silent,) = await queued(container)
        ends.append(await carry_by(delivery, silent, by=f"job-{number}"))

    assert ends == [Completed("sent"), Completed("sent"), Completed("silent")], (
        "nothing was refused, and all may still arrive"
    )
    assert [gateway for gateway, _ in await gateways_of(container, job)] == ["one", "two", "three"]


@pytest.mark.parametrize("wait", [0, 20])
async def test_patience_is_a_setting_and_waits_for_nobody_where_there_is_one_gateway(container, redis, key, wait):
    lone = desk_of(container, Carrier(name="one"), report_wait=20)
    both = desk_of(container, Carrier(name="one"), Carrier(name="two"), report_wait=wait)
    await carry_by(lone, SendJob((await ask(container)).id, 1))
    assert not await redis.exists(key("silences"))

    await carry_by(both, SendJob((await ask(container)).id, 1))
    assert await redis.exists(key("silences")) == (wait > 0)
