"""open_message: open a message for one call of a gateway, or open one again that did not go out."""

import asyncio

import pytest

from app.domain.delivery_attempt import Outcome
from app.domain.errors import NoPendingVerification
from app.domain.gateway import Unreachable
from app.domain.jobs import SendJob
from app.store.messages import ConcurrentUpdate
from tests.support.actions import ask, ask_again, cancel
from tests.support.messages import begin, settle


@pytest.fixture
async def job(container):
    return SendJob((await ask(container)).id, 1)


async def test_a_message_stands_before_its_gateway_is_called(container, clock, redis, key, job):
    """A report always finds it, however fast; and whoever takes over from a dead worker sees whose call it was."""
    assert await begin(container, job, by="job-7", why="twilio resting") == clock()

    message = await redis.hgetall(key("message", "ms_1"))
    assert (message[b"status"], message[b"gateway"], message[b"send"]) == (b"queued", b"carrier", b"1")
    assert message[b"history"] == f"{clock()} queued twilio resting".encode()
    assert await redis.lrange(key("messages", job.verification), 0, -1) == [b"ms_1"]
    (delivery_attempt,) = (await container.messages.look(job)).delivery_attempts
    assert (delivery_attempt.outcome, delivery_attempt.job) == (Outcome.IN_PROGRESS, "job-7")


async def test_a_message_ends_with_its_verification(container, redis, key, job):
    await begin(container, job)

    lives = await redis.pttl(key("verification", job.verification))
    for name in (key("message", "ms_1"), key("messages", job.verification)):
        assert abs(await redis.pttl(name) - lives) < 1000


async def test_each_send_has_calls_of_its_own(container, clock, job):
    await begin(container, job)
    clock.tick(seconds=30)
    await ask_again(container, job.verification)

    assert await begin(container, SendJob(job.verification, 2), id="ms_2")


@pytest.mark.parametrize("end", ["canceled", "expired", "unknown"])
async def test_what_has_ended_is_not_sent(container, clock, job, end):
    if end == "canceled":
        await cancel(container, job.verification)
    clock.tick(seconds=300 if end == "expired" else 0)
    ended = SendJob("vf_none", 1) if end == "unknown" else job

    with pytest.raises(NoPendingVerification):
        await begin(container, ended)
    with pytest.raises(NoPendingVerification):
        await container.messages.look(ended)


async def test_an_unreached_message_is_opened_again_as_the_same(container, redis, key, job):
    """Nothing was sent, so its history goes on."""
    await begin(container, job)
    await settle(container, Unreachable("away"))

    await begin(container, job, tried=1, by="job-2")

    assert await redis.lrange(key("messages", job.verification), 0, -1) == [b"ms_1"]
    (delivery_attempt,) = (await container.messages.look(job)).delivery_attempts
    assert (delivery_attempt.outcome, delivery_attempt.job) == (Outcome.IN_PROGRESS, "job-2")
    assert (await redis.hget(key("message", "ms_1"), "history")).endswith(b" unknown unreachable")


async def test_racing_workers_ask_one_gateway(container, redis, key, job):
    """Twenty at once, each of whom knows of no call: one goes ahead, nobody else does."""
    answers = await asyncio.gather(
        *(begin(container, job, id=f"ms_{number}") for number in range(20)), return_exceptions=True
    )

    assert [type(answer) for answer in answers].count(ConcurrentUpdate) == 19
    assert await redis.llen(key("messages", job.verification)) == 1


async def test_nobody_opens_one_once_a_racing_cancel_is_through(container, redis, key, job):
    await asyncio.gather(
        *(begin(container, job, id=f"ms_{n}") for n in range(5)),
        cancel(container, job.verification),
        return_exceptions=True,
    )

    with pytest.raises(NoPendingVerification):
        await begin(container, job, id="ms_9", tried=await redis.llen(key("messages", job.verification)))
