"""begin_message: open a message for one send, unless there is nothing left to do."""

import asyncio

import pytest

from app.domain.gateway import Unreachable, Unsure
from app.domain.message import Accepted
from app.domain.queued import SendJob
from tests.support.acts import ask, ask_again, cancel


@pytest.fixture
async def job(tools):
    return SendJob((await ask(tools)).id, 1)


async def begin(tools, job, id="ms_1", gateway="carrier"):
    return await tools.messages.begin(job, message_id=id, gateway=gateway)


async def settle(tools, job, outcome, id="ms_1", gateway="carrier"):
    await tools.messages.settle(job, outcome, message_id=id, gateway=gateway, vendor_name="")


async def test_a_message_stands_before_its_gateway_is_called(tools, clock, redis, key, job):
    """A report always finds it, however fast."""
    opened = await begin(tools, job)

    message = await redis.hgetall(key("message", "ms_1"))
    assert (opened.message_id, opened.app, opened.purpose) == ("ms_1", "dev", "login")
    assert (opened.now, opened.expires_at) == (clock(), clock() + 300_000)
    assert (message[b"status"], message[b"gateway"], message[b"send"]) == (b"queued", b"carrier", b"1")
    assert await redis.lrange(key("messages", job.verification), 0, -1) == [b"ms_1"]


async def test_a_message_ends_with_its_verification(tools, redis, key, job):
    await begin(tools, job)

    lives = await redis.pttl(key("verification", job.verification))
    for name in (key("message", "ms_1"), key("messages", job.verification)):
        assert abs(await redis.pttl(name) - lives) < 1000


async def test_what_was_sent_is_not_sent_again(tools, job):
    await begin(tools, job)
    await settle(tools, job, Accepted("v-1"))

    assert await begin(tools, job, "ms_2") is None


async def test_a_resend_is_another_send(tools, clock, job):
    await begin(tools, job)
    await settle(tools, job, Accepted("v-1"))
    clock.tick(seconds=30)
    await ask_again(tools, job.verification)

    assert (await begin(tools, SendJob(job.verification, 2), "ms_2")).message_id == "ms_2"


async def test_what_has_ended_is_not_sent(tools, clock, job):
    other = SendJob((await ask(tools)).id, 1)
    await cancel(tools, job.verification)
    assert await begin(tools, job) is None
    assert await begin(tools, SendJob("vf_none", 1)) is None

    clock.tick(seconds=300)
    assert await begin(tools, other) is None


async def test_an_unreached_message_is_used_once_more_by_the_same_gateway(tools, redis, key, job):
    """Nothing was sent, so it is still the same message."""
    await begin(tools, job)
    await settle(tools, job, Unreachable("away"))

    assert (await begin(tools, job, "ms_2")).message_id == "ms_1"
    assert await redis.lrange(key("messages", job.verification), 0, -1) == [b"ms_1"]


async def test_another_gateway_gets_a_message_of_its_own(tools, job):
    await begin(tools, job)
    await settle(tools, job, Unreachable("away"))

    assert (await begin(tools, job, "ms_2", gateway="other")).message_id == "ms_2"


async def test_calls_that_ended_in_doubt_are_counted(tools, job):
    assert (await begin(tools, job)).unsure == 0
    await settle(tools, job, Unsure("?"))

    assert (await begin(tools, job, "ms_2")).unsure == 1


async def test_racing_workers_share_no_message(tools, redis, key, job):
    """After an unreachable gateway, twenty workers at once: one uses the open message, each other opens its own."""
    await begin(tools, job)
    await settle(tools, job, Unreachable("away"))

    opened = await asyncio.gather(*(begin(tools, job, f"ms_{number}") for number in range(2, 22)))

    ids = [one.message_id for one in opened]
    assert len(set(ids)) == 20
    assert "ms_1" in ids
    assert sorted(await redis.lrange(key("messages", job.verification), 0, -1)) == sorted(id.encode() for id in ids)


async def test_nobody_begins_once_a_racing_cancel_is_through(tools, job):
    *_, canceled = await asyncio.gather(
        *(begin(tools, job, f"ms_{n}") for n in range(5)), cancel(tools, job.verification)
    )

    assert canceled is None
    assert await begin(tools, job, "ms_9") is None
