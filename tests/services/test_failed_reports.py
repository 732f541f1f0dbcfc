"""Failover after acceptance: a failed or missing report sends the SMS through the next gateway."""

import asyncio

import pytest

from app.domain.jobs import ReportJob, SendJob
from app.domain.status import Reason, Status
from app.services.apply_report import ApplyReport
from app.services.deliver_message import Completed
from tests.support.actions import cancel, read_verification, start_verification
from tests.support.fake_gateways import FakeGateway, deliver_job_with, delivery_with
from tests.support.messages import report_job
from tests.support.stores import on_both_stores

GATEWAY_REASONS = [reason for reason in Reason if not reason.concerns_number]


@pytest.fixture
async def sent(container):
    """The job of a send that gateway `one` accepted as `v-1`, and the delivery context."""
    delivery = delivery_with(container, FakeGateway(name="one"), FakeGateway(name="two"), report_wait=20)
    job = SendJob((await start_verification(container)).id, 1)
    assert await deliver_job_with(delivery, job) == Completed("sent")
    await container.queue.take("sends", "w", most=10)
    return job, delivery


async def apply_failure(container, status="failed", *, reason="provider_error", has_others=True, **changes):
    report = report_job(container, status, gateway="one", reason=reason, **changes)
    return await ApplyReport(container.messages, has_others, container.deliver_message.costs)(
        ReportJob.read(report.fields())
    )


async def queued_jobs(container):
    return [SendJob.read(job.fields) for job in await container.queue.take("sends", "w", most=10)]


async def gateways_of(container, job):
    (send,) = (await read_verification(container, job.record)).sends
    return [(message.gateway, message.status) for message in send.messages]


@pytest.mark.parametrize("status", ["failed", "undelivered", "expired"])
@pytest.mark.parametrize("reason", GATEWAY_REASONS)
async def test_a_failure_that_concerns_the_gateway_goes_to_the_next_gateway(container, sent, status, reason):
    job, delivery = sent

    assert await apply_failure(container, status, reason=reason) == "moved"
    assert await queued_jobs(container) == [job]
    assert await deliver_job_with(delivery, job, by="job-2") == Completed("sent")

    assert await gateways_of(container, job) == [("one", Status(status)), ("two", Status.SENT)]


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.concerns_number])
async def test_a_failure_that_concerns_the_number_ends_the_send(container, sent, reason):
    job, delivery = sent

    assert await apply_failure(container, reason=reason) == "moved"
    assert await queued_jobs(container) == []
    assert await deliver_job_with(delivery, job, by="job-2") == Completed(f"refused_{reason}")


@on_both_stores
async def test_racing_failed_reports_queue_one_further_send(container, sent):
    answers = await asyncio.gather(*(apply_failure(container) for _ in range(20)))

    assert answers.count("moved") == 1
    assert len(await queued_jobs(container)) == 1


async def test_a_failed_report_without_another_gateway_queues_nothing(container, sent):
    await apply_failure(container, has_others=False)

    assert await queued_jobs(container) == []


async def test_a_failover_job_of_a_canceled_verification_is_dropped(container, sent):
    job, delivery = sent
    await cancel(container, job.record)
    await apply_failure(container)

    assert [await deliver_job_with(delivery, one, by="job-2") for one in await queued_jobs(container)] == [
        Completed("dropped")
    ]


async def test_a_late_delivered_report_stops_the_failover(container, sent):
    """Vendors correct wrong reports."""
    job, delivery = sent
    await apply_failure(container)
    await apply_failure(container, "delivered", reason="")

    assert await deliver_job_with(delivery, job, by="job-2") == Completed("sent")
    assert await gateways_of(container, job) == [("one", Status.DELIVERED)]


async def test_the_send_ends_as_failed_when_every_gateway_failed(container, sent):
    job, delivery = sent
    await apply_failure(container)
    await deliver_job_with(delivery, job, by="job-2")
    await ApplyReport(container.messages, has_others=False, costs=container.deliver_message.costs)(
        report_job(container, "failed", gateway="two", reason="provider_error")
    )

    assert await deliver_job_with(delivery, job, by="job-3") == Completed("failed")


async def test_the_next_gateway_is_tried_when_no_report_arrives(container, clock, sent):
    job, delivery = sent
    clock.tick(seconds=19)
    assert await container.queue.requeue_due_jobs() == 0
    clock.tick(seconds=1)
    assert await container.queue.requeue_due_jobs() == 1

    (silent,) = await queued_jobs(container)
    assert await deliver_job_with(delivery, silent, by="job-2") == Completed("sent")
    assert await gateways_of(container, job) == [("one", Status.SENT), ("two", Status.SENT)]


@pytest.mark.parametrize("status", ["buffered", "delivered"])
async def test_any_report_stops_the_failover_on_silence(container, clock, sent, status):
    job, delivery = sent
    await apply_failure(container, status, reason="")
    clock.tick(seconds=20)
    await container.queue.requeue_due_jobs()

    (silent,) = await queued_jobs(container)
    assert await deliver_job_with(delivery, silent, by="job-2") == Completed("sent")
    assert len(await gateways_of(container, job)) == 1


async def test_each_silence_tries_one_more_gateway_until_none_is_left(container, clock):
    delivery = delivery_with(container, *(FakeGateway(name=name) for name in ("one", "two", "three")), report_wait=20)
    job = SendJob((await start_verification(container)).id, 1)
    await deliver_job_with(delivery, job)
    await container.queue.take("sends", "w", most=10)

    ends = []
    for number in range(3):
        clock.tick(seconds=20)
        await container.queue.requeue_due_jobs()
        (silent,) = await queued_jobs(container)
        ends.append(await deliver_job_with(delivery, silent, by=f"job-{number}"))

    assert ends == [Completed("sent"), Completed("sent"), Completed("silent")], (
        "no gateway refused, and each SMS may still arrive"
    )
    assert [gateway for gateway, _ in await gateways_of(container, job)] == ["one", "two", "three"]


@pytest.mark.parametrize("wait", [0, 20])
async def test_the_report_wait_is_off_with_one_gateway_or_a_zero_setting(container, redis, key, wait):
    one_gateway = delivery_with(container, FakeGateway(name="one"), report_wait=20)
    two_gateways = delivery_with(container, FakeGateway(name="one"), FakeGateway(name="two"), report_wait=wait)
    await deliver_job_with(one_gateway, SendJob((await start_verification(container)).id, 1))
    assert not await redis.exists(key("silences"))

    await deliver_job_with(two_gateways, SendJob((await start_verification(container)).id, 1))
    assert await redis.exists(key("silences")) == (wait > 0)
