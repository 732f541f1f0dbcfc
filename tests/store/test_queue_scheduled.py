"""queue_scheduled: queue the messages whose time has come, each once, and none before."""

import asyncio

from app.domain.outgoing_message import OwnCode
from tests.support.outgoing import accepted_id

NUMBERS = [f"+316123456{last:02}" for last in range(60)]


async def schedule(container, clock, count=1, *, ms=60_000):
    return [await accepted_id(container, number, send_at=clock.now + ms) for number in NUMBERS[:count]]


async def taken(container, which="messages"):
    return [job.fields["message"] for job in await container.queue.take(which, "w", most=1000)]


async def test_a_message_is_queued_at_its_time_and_not_before(container, clock):
    (id,) = await schedule(container, clock)

    clock.tick(ms=59_999)
    assert await container.queue.queue_scheduled() == 0
    clock.tick(ms=1)
    assert await container.queue.queue_scheduled() == 1
    assert await taken(container) == [id]


async def test_racing_workers_queue_each_message_once(container, clock):
    ids = await schedule(container, clock, 60)
    clock.tick(seconds=60)

    queued = await asyncio.gather(*(container.queue.queue_scheduled() for _ in range(20)))

    assert sum(queued) == 60
    assert sorted(await taken(container)) == sorted(ids)


async def test_one_call_queues_all_that_are_due(container, clock, redis, key):
    """A hundred in each round trip: a longer script would delay codes."""
    (id,) = await schedule(container, clock)
    record = await redis.hgetall(key("outgoing", id))
    async with redis.pipeline(transaction=False) as pipe:
        for number in range(1200):
            pipe.hset(key("outgoing", f"ms_{number}"), mapping=record)
            pipe.zadd(key("scheduled"), {f"ms_{number}": clock.now})
        await pipe.execute()

    assert await container.queue.queue_scheduled() == 1200
    assert await redis.xlen(key("messages_queue")) == 1200
    assert await redis.zcard(key("scheduled")) == 1


async def test_a_canceled_message_is_never_queued(container, clock, redis, key):
    ids = await schedule(container, clock, 2)
    await container.cancel_message(ids[0], container.apps["dev"])
    clock.tick(seconds=60)

    await container.queue.queue_scheduled()

    assert await taken(container) == [ids[1]]
    assert not await redis.exists(key("text", ids[0]))


async def test_racing_cancels_and_workers_end_or_queue_each_message(container, clock):
    """A message that is canceled after it was queued is dropped by the worker: it has no text any more."""
    ids = await schedule(container, clock, 30)
    clock.tick(seconds=60)

    cancels = (container.cancel_message(id, container.apps["dev"]) for id in ids)
    await asyncio.gather(*cancels, *(container.queue.queue_scheduled() for _ in range(5)), return_exceptions=True)

    statuses = {(await container.get_message(id, container.apps["dev"])).status for id in ids}
    assert statuses == {"canceled"}


async def test_a_message_whose_number_was_erased_is_not_queued(container, clock, redis, key):
    (id,) = await schedule(container, clock)
    await redis.delete(key("outgoing", id))
    clock.tick(seconds=60)

    await container.queue.queue_scheduled()

    assert await taken(container) == []
    assert await redis.zcard(key("scheduled")) == 0


async def test_a_code_is_queued_before_all_other_messages(container, clock):
    id = await accepted_id(container, content=OwnCode("042137"), send_at=clock.now + 60_000)
    clock.tick(seconds=60)

    await container.queue.queue_scheduled()

    assert (await taken(container, "sends"), await taken(container)) == ([id], [])
