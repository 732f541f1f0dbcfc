"""look_at_send: what there is to know before a gateway is asked."""

import asyncio

import pytest

from app.domain.delivery_attempt import DeliveryAttempt, Outcome
from app.domain.gateway import Refused, Unsure
from app.domain.jobs import SendJob
from app.domain.message import Accepted
from app.domain.status import Reason, Status
from tests.support.actions import ask, ask_again, cancel
from tests.support.builders import PHONE
from tests.support.messages import begin, settle, tell


@pytest.fixture
async def job(container):
    return SendJob((await ask(container)).id, 1)


async def test_a_send_is_told_whole(container, clock, job):
    view = await container.messages.look(job)

    assert (view.now, view.expires_at) == (clock(), clock() + 300_000)
    assert (view.app, view.purpose, view.opted_out_at, view.tried) == ("dev", "login", "", 0)
    assert PHONE[1:] not in f"{view} {view!r}"


async def test_its_calls_are_told_in_their_order_with_what_came_of_them(container, job):
    await begin(container, job, gateway="one")
    await settle(container, Unsure("?", word="HTTP 500"), gateway="one")
    await begin(container, job, id="ms_2", gateway="two", tried=1)
    await settle(container, Accepted("v-2"), id="ms_2", gateway="two")
    await container.messages.apply(tell(container, "failed", vendor_id="v-2", gateway="two", reason="provider_error"))
    await begin(container, job, id="ms_3", gateway="three", tried=2, by="job-3")

    view = await container.messages.look(job)

    assert view.tried == 3
    assert view.delivery_attempts == [
        DeliveryAttempt("ms_1", "one", Outcome.UNSURE, Status.QUEUED, None, "job-1"),
        DeliveryAttempt("ms_2", "two", Outcome.ACCEPTED, Status.FAILED, Reason.PROVIDER_ERROR, "job-1"),
        DeliveryAttempt("ms_3", "three", Outcome.IN_PROGRESS, Status.QUEUED, None, "job-3"),
    ]


async def test_the_calls_of_another_send_are_not_told(container, clock, job):
    await begin(container, job)
    clock.tick(seconds=30)
    await ask_again(container, job.verification)

    view = await container.messages.look(SendJob(job.verification, 2))

    assert (view.tried, view.delivery_attempts) == (0, [])


@pytest.mark.parametrize("by_report", [False, True])
async def test_an_opt_out_is_remembered_for_thirty_days_whoever_tells_it(container, clock, redis, key, job, by_report):
    """A person who told a vendor to stop is not written to by the next code either."""
    await begin(container, job)
    if by_report:
        await settle(container)
        await container.messages.apply(tell(container, "failed", reason="opted_out"))
    else:
        await settle(container, Refused("no", reason=Reason.OPTED_OUT))
    clock.tick(seconds=60)

    view = await container.messages.look(SendJob((await ask(container)).id, 1))

    assert view.opted_out_at == "carrier"
    (name,) = await redis.keys(key("opted_out", "*"))
    assert 29 * 86_400_000 < await redis.pttl(name) <= 30 * 86_400_000


async def test_an_opt_out_in_a_report_that_came_early_is_remembered_too(container, job):
    await begin(container, job)
    assert await container.messages.apply(tell(container, "failed", reason="opted_out")) == "parked"
    delivery_attempt = await settle(container)

    assert delivery_attempt.concerns_number
    assert (await container.messages.look(job)).opted_out_at == "carrier"


async def test_a_racing_cancel_leaves_nothing_to_look_at_afterwards(container, job):
    """Looks that come first see all of it, looks that come after nothing; never a part."""
    answers = await asyncio.gather(
        *(container.messages.look(job) for _ in range(10)),
        cancel(container, job.verification),
        *(container.messages.look(job) for _ in range(10)),
        return_exceptions=True,
    )

    verification_reads = [answer for answer in answers if answer is not None and not isinstance(answer, Exception)]
    assert all(view.secret and view.sealed and view.name for view in verification_reads)
    assert isinstance((await asyncio.gather(container.messages.look(job), return_exceptions=True))[0], Exception)
