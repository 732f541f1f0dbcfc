"""open_message: store a message for one gateway call, or reopen one that was not sent."""

import asyncio

import pytest

from app.domain.delivery_attempt import Outcome
from app.domain.errors import NoPendingVerification
from app.domain.gateway import Unreachable
from app.domain.jobs import SendJob
from app.store.messages import ConcurrentUpdate
from tests.support.actions import cancel, resend, start_verification
from tests.support.messages import open_attempt, record_outcome


@pytest.fixture
async def job(container):
    return SendJob((await start_verification(container)).id, 1)


async def test_message_is_stored_before_its_gateway_is_called(container, clock, redis, key, job):
    """A report always finds it, and a worker that takes over from a dead one sees which job made the call."""
    assert await open_attempt(container, job, by="job-7", why="twilio resting") == clock()

    message = await redis.hgetall(key("message", "ms_1"))
    assert (message[b"status"], message[b"gateway"], message[b"send"]) == (b"queued", b"carrier", b"1")
    assert message[b"history"] == f"{clock()} queued twilio resting".encode()
    assert await redis.lrange(key("messages", job.record), 0, -1) == [b"ms_1"]
    (delivery_attempt,) = (await container.messages.read_send(job)).delivery_attempts
    assert (delivery_attempt.outcome, delivery_attempt.job) == (Outcome.IN_PROGRESS, "job-7")


async def test_message_expires_with_its_verification(container, redis, key, job):
    await open_attempt(container, job)

    ttl = await redis.pttl(key("verification", job.record))
    for name in (key("message", "ms_1"), key("messages", job.record)):
        assert abs(await redis.pttl(name) - ttl) < 1000


async def test_each_send_counts_its_own_calls(container, clock, job):
    await open_attempt(container, job)
    clock.tick(seconds=30)
    await resend(container, job.record)

    assert await open_attempt(container, SendJob(job.record, 2), id="ms_2")


@pytest.mark.parametrize("end", ["canceled", "expired", "unknown"])
async def test_ended_verification_is_not_sent(container, clock, job, end):
    if end == "canceled":
        await cancel(container, job.record)
    clock.tick(seconds=300 if end == "expired" else 0)
    ended = SendJob("vf_none", 1) if end == "unknown" else job

    with pytest.raises(NoPendingVerification):
        await open_attempt(container, ended)
    with pytest.raises(NoPendingVerification):
        await container.messages.read_send(ended)


async def test_unreachable_gateway_reopens_the_same_message(container, redis, key, job):
    """Nothing was sent, so its history continues."""
    await open_attempt(container, job)
    await record_outcome(container, Unreachable("away"))

    await open_attempt(container, job, tried=1, by="job-2")

    assert await redis.lrange(key("messages", job.record), 0, -1) == [b"ms_1"]
    (delivery_attempt,) = (await container.messages.read_send(job)).delivery_attempts
    assert (delivery_attempt.outcome, delivery_attempt.job) == (Outcome.IN_PROGRESS, "job-2")
    assert (await redis.hget(key("message", "ms_1"), "history")).endswith(b" unknown unreachable")


async def test_one_of_many_racing_workers_opens_the_message(container, redis, key, job):
    """Of twenty concurrent workers that have read no call, exactly one opens the message."""
    answers = await asyncio.gather(
        *(open_attempt(container, job, id=f"ms_{number}") for number in range(20)), return_exceptions=True
    )

    assert [type(answer) for answer in answers].count(ConcurrentUpdate) == 19
    assert await redis.llen(key("messages", job.record)) == 1


async def test_message_is_not_opened_after_a_racing_cancel(container, redis, key, job):
    await asyncio.gather(
        *(open_attempt(container, job, id=f"ms_{n}") for n in range(5)),
        cancel(container, job.record),
        return_exceptions=True,
    )

    with pytest.raises(NoPendingVerification):
        await open_attempt(container, job, id="ms_9", tried=await redis.llen(key("messages", job.record)))
