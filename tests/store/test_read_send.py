"""read_send: read everything that is needed before a gateway call."""

import asyncio

import pytest

from app.domain.delivery_attempt import DeliveryAttempt, Outcome
from app.domain.gateway import Refused, Unsure
from app.domain.jobs import SendJob
from app.domain.message import Accepted
from app.domain.status import Reason, Status
from tests.support.actions import cancel, resend, start_verification
from tests.support.builders import PHONE
from tests.support.messages import apply_report, open_attempt, record_outcome, report_job


@pytest.fixture
async def job(container):
    return SendJob((await start_verification(container)).id, 1)


async def test_read_returns_the_whole_send(container, clock, job):
    send = await container.messages.read_send(job)

    assert (send.now, send.expires_at) == (clock(), clock() + 300_000)
    assert (send.app, send.purpose, send.opted_out_at, send.tried) == ("dev", "login", "", 0)
    assert PHONE[1:] not in f"{send} {send!r}"


async def test_read_returns_delivery_attempts_in_order_with_their_outcomes(container, job):
    await open_attempt(container, job, gateway="one")
    await record_outcome(container, Unsure("?", word="HTTP 500"), gateway="one")
    await open_attempt(container, job, id="ms_2", gateway="two", tried=1)
    await record_outcome(container, Accepted("v-2"), id="ms_2", gateway="two")
    await apply_report(
        container, report_job(container, "failed", vendor_id="v-2", gateway="two", reason="provider_error")
    )
    await open_attempt(container, job, id="ms_3", gateway="three", tried=2, by="job-3")

    send = await container.messages.read_send(job)

    assert send.tried == 3
    assert send.delivery_attempts == [
        DeliveryAttempt("ms_1", "one", Outcome.UNSURE, Status.QUEUED, None, "job-1"),
        DeliveryAttempt("ms_2", "two", Outcome.ACCEPTED, Status.FAILED, Reason.PROVIDER_ERROR, "job-1"),
        DeliveryAttempt("ms_3", "three", Outcome.IN_PROGRESS, Status.QUEUED, None, "job-3"),
    ]


async def test_read_omits_delivery_attempts_of_another_send(container, clock, job):
    await open_attempt(container, job)
    clock.tick(seconds=30)
    await resend(container, job.record)

    send = await container.messages.read_send(SendJob(job.record, 2))

    assert (send.tried, send.delivery_attempts) == (0, [])


@pytest.mark.parametrize("by_report", [False, True])
async def test_opt_out_from_answer_or_report_is_stored_for_thirty_days(container, clock, redis, key, job, by_report):
    """A recipient who opted out at a vendor receives no SMS for the next code either."""
    await open_attempt(container, job)
    if by_report:
        await record_outcome(container)
        await apply_report(container, report_job(container, "failed", reason="opted_out"))
    else:
        await record_outcome(container, Refused("no", reason=Reason.OPTED_OUT))
    clock.tick(seconds=60)

    send = await container.messages.read_send(SendJob((await start_verification(container)).id, 1))

    assert send.opted_out_at == "carrier"
    (name,) = await redis.keys(key("opted_out", "*"))
    assert 29 * 86_400_000 < await redis.pttl(name) <= 30 * 86_400_000


async def test_opt_out_in_a_parked_report_is_stored(container, job):
    await open_attempt(container, job)
    assert await apply_report(container, report_job(container, "failed", reason="opted_out")) == "parked"
    delivery_attempt = await record_outcome(container)

    assert delivery_attempt.concerns_number
    assert (await container.messages.read_send(job)).opted_out_at == "carrier"


async def test_reads_racing_a_cancel_return_all_or_nothing(container, job):
    """Reads before the cancel return the whole send, reads after it raise; no read returns a part."""
    answers = await asyncio.gather(
        *(container.messages.read_send(job) for _ in range(10)),
        cancel(container, job.record),
        *(container.messages.read_send(job) for _ in range(10)),
        return_exceptions=True,
    )

    reads = [answer for answer in answers if answer is not None and not isinstance(answer, Exception)]
    assert all(send.secret and send.phone for send in reads)
    assert isinstance((await asyncio.gather(container.messages.read_send(job), return_exceptions=True))[0], Exception)
