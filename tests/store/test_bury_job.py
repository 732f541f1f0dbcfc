"""bury_job: move a job that failed permanently to the dead letters."""

import asyncio

from tests.support.queues import add_and_take_job, job_owners, set_idle


async def test_dead_letter_stores_the_reason(container, clock):
    job = await add_and_take_job(container, tries="9")

    await container.queue.bury(job, why="unreachable")

    (letter,) = await container.dead_letters.list()
    assert (letter.queue, letter.why, letter.tries) == ("sends", "unreachable", 9)
    assert letter.names == {"verification": "vf_1", "send": "1"}
    assert abs(letter.at - clock()) < 60_000


async def test_racing_workers_bury_a_job_once(container, redis, key):
    job = await add_and_take_job(container)

    await asyncio.gather(*(container.queue.bury(job, why=f"why {number}") for number in range(20)))

    assert len(await container.dead_letters.list()) == 1
    assert await redis.xlen(key("sends_queue")) == 0
    assert await job_owners(redis, key) == {}


async def test_worker_that_lost_its_job_does_not_bury_it(container, redis, key):
    lost = await add_and_take_job(container)
    await set_idle(redis, key, lost.id)
    await container.queue.claim("sends", "w2", most=10)

    await container.queue.bury(lost, why="unreachable")

    assert await container.dead_letters.list() == []
    assert await job_owners(redis, key) == {lost.id: "w2"}


async def test_only_the_newest_ten_thousand_dead_letters_are_kept(container, redis, key):
    async with redis.pipeline(transaction=False) as pipe:
        for number in range(10_000):
            pipe.xadd(key("dead"), {"queue": "sends", "why": "old", "tries": "1", "send": str(number)})
        await pipe.execute()

    for _ in range(3):
        await container.queue.bury(await add_and_take_job(container), why="new")

    assert await redis.xlen(key("dead")) == 10_000
    assert (await container.dead_letters.list(most=1))[0].names == {"send": "3"}
