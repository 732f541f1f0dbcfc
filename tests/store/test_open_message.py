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
async def job(tools):
    return SendJob((await ask(tools)).id, 1)


async def test_a_message_stands_before_its_gateway_is_called(tools, clock, redis, key, job):
    """A report always finds it, however fast; and whoever takes over from a dead worker sees whose call it was."""
    assert await begin(tools, job, by="job-7", why="twilio resting") == clock()

    message = await redis.hgetall(key("message", "ms_1"))
    assert (message[b"status"], message[b"gateway"], message[b"send"]) == (b"queued", b"carrier", b"1")
    assert message[b"history"] == f"{clock()} queued twilio resting".encode()
    assert await redis.lrange(key("messages", job.verification), 0, -1) == [b"ms_1"]
    (handover,) = (await tools.messages.look(job)).handovers
    assert (handover.outcome, handover.job) == (Outcome.IN_HAND, "job-7")


async def test_a_message_ends_with_its_verification(tools, redis, key, job):
    await begin(tools, job)

    lives = await redis.pttl(key("verification", job.verification))
    for name in (key("message", "ms_1"), key("messages", job.verification)):
        assert abs(await redis.pttl(name) - lives) < 1000


async def test_each_send_has_calls_of_its_own(tools, clock, job):
    await begin(tools, job)
    clock.tick(seconds=30)
    await ask_again(tools, job.verification)

    assert await begin(tools, SendJob(job.verification, 2), id="ms_2")


@pytest.mark.parametrize("end", ["canceled", "expired", "unknown"])
async def test_what_has_ended_is_not_sent(tools, clock, job, end):
    if end == "canceled":
        await cancel(tools, job.verification)
    clock.tick(seconds=300 if end == "expired" else 0)
    ended = SendJob("vf_none", 1) if end == "unknown" else job

    with pytest.raises(NoPendingVerification):
        await begin(tools, ended)
    with pytest.raises(NoPendingVerification):
        await tools.messages.look(ended)


async def test_an_unreached_message_is_opened_again_as_the_same(tools, redis, key, job):
    """Nothing was sent, so its history goes on."""
    await begin(tools, job)
    await settle(tools, Unreachable("away"))

    await begin(tools, job, tried=1, by="job-2")

    assert await redis.lrange(key("messages", job.verification), 0, -1) == [b"ms_1"]
    (handover,) = (await tools.messages.look(job)).handovers
    assert (handover.outcome, handover.job) == (Outcome.IN_HAND, "job-2")
    assert (await redis.hget(key("message", "ms_1"), "history")).endswith(b" unknown unreachable")


async def test_racing_workers_ask_one_gateway(tools, redis, key, job):
    """Twenty at once, each of whom knows of no call: one goes ahead, nobody else does."""
    answers = await asyncio.gather(
        *(begin(tools, job, id=f"ms_{number}") for number in range(20)), return_exceptions=True
    )

    assert [type(answer) for answer in answers].count(ConcurrentUpdate) == 19
    assert await redis.llen(key("messages", job.verification)) == 1


async def test_nobody_opens_one_once_a_racing_cancel_is_through(tools, redis, key, job):
    await asyncio.gather(
        *(begin(tools, job, id=f"ms_{n}") for n in range(5)), cancel(tools, job.verification), return_exceptions=True
    )

    with pytest.raises(NoPendingVerification):
        await begin(tools, job, id="ms_9", tried=await redis.llen(key("messages", job.verification)))
