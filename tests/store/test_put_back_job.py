"""put_back_job: out of the stream, to be done later."""

import asyncio

from tests.support.queues import age, in_hand, take_one


async def test_a_job_put_back_comes_again_after_its_wait(container, clock):
    job = await take_one(container)
    await container.queue.put_back(job, wait_ms=500)

    clock.tick(ms=499)
    assert await container.queue.wake() == 0
    clock.tick(ms=1)
    assert await container.queue.wake() == 1

    (again,) = await container.queue.take("sends", "w2", most=10)
    assert (again.fields, again.tries) == (job.fields, 1)


async def test_a_job_handed_back_was_not_tried(container):
    job = await take_one(container, tries="3")
    await container.queue.put_back(job, wait_ms=0, tried=False)
    await container.queue.wake()

    (again,) = await container.queue.take("sends", "w2", most=10)
    assert again.tries == 3


async def test_a_job_is_known_by_its_first_id_in_all_its_lives(container):
    """A call that it had in hand is then seen as its own, and goes on; as another's it would be left to nobody."""
    job = await take_one(container)
    again = job
    for _ in range(2):
        await container.queue.put_back(again, wait_ms=0)
        await container.queue.wake()
        (again,) = await container.queue.take("sends", "w2", most=10)

    assert again.id != job.id
    assert again.origin == job.id


async def test_racing_workers_put_a_job_back_once(container, redis, key):
    job = await take_one(container)

    await asyncio.gather(*(container.queue.put_back(job, wait_ms=wait) for wait in range(20)))

    assert await redis.zcard(key("later")) == 1
    assert await redis.xlen(key("sends_queue")) == 0
    assert await in_hand(redis, key) == {}


async def test_a_job_put_back_while_it_is_finished_is_one_or_the_other(container, redis, key):
    job = await take_one(container)

    await asyncio.gather(container.queue.finish(job), container.queue.put_back(job, wait_ms=0))

    assert await redis.zcard(key("later")) <= 1
    assert await redis.xlen(key("sends_queue")) == 0


async def test_whoever_lost_a_job_to_another_does_not_put_it_back(container, redis, key):
    """It would be done twice: now by the other, and later again."""
    lost = await take_one(container)
    await age(redis, key, lost.id)
    (claimed,) = await container.queue.claim("sends", "w2", most=10)

    await container.queue.put_back(lost, wait_ms=0)
    assert await redis.zcard(key("later")) == 0
    assert await in_hand(redis, key) == {lost.id: "w2"}

    await container.queue.put_back(claimed, wait_ms=0)
    assert await redis.zcard(key("later")) == 1


async def test_words_in_all_the_worlds_letters_survive(container):
    """A vendor's word may be anything that prints."""
    job = await take_one(container, which="reports", word="livré 配信済み |\"'\\ ٣", reason="")
    await container.queue.put_back(job, wait_ms=0)
    await container.queue.wake()

    (again,) = await container.queue.take("reports", "w", most=1)
    assert again.fields == job.fields
