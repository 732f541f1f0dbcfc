"""bury_job: out of the stream, into the dead letters."""

import asyncio

from tests.support.queues import age, in_hand, take_one


async def test_a_buried_job_says_why(tools, clock):
    job = await take_one(tools, tries="9")

    await tools.queue.bury(job, why="unreachable")

    (letter,) = await tools.dead_letters.list()
    assert (letter.queue, letter.why, letter.tries) == ("sends", "unreachable", 9)
    assert letter.names == {"verification": "vf_1", "send": "1"}
    assert abs(letter.at - clock()) < 60_000


async def test_racing_workers_bury_a_job_once(tools, redis, key):
    job = await take_one(tools)

    await asyncio.gather(*(tools.queue.bury(job, why=f"why {number}") for number in range(20)))

    assert len(await tools.dead_letters.list()) == 1
    assert await redis.xlen(key("sends_queue")) == 0
    assert await in_hand(redis, key) == {}


async def test_whoever_lost_a_job_to_another_does_not_bury_it(tools, redis, key):
    lost = await take_one(tools)
    await age(redis, key, lost.id)
    await tools.queue.claim("sends", "w2", most=10)

    await tools.queue.bury(lost, why="unreachable")

    assert await tools.dead_letters.list() == []
    assert await in_hand(redis, key) == {lost.id: "w2"}


async def test_ten_thousand_dead_letters_are_kept_the_newest(tools, redis, key):
    async with redis.pipeline(transaction=False) as pipe:
        for number in range(10_000):
            pipe.xadd(key("dead"), {"queue": "sends", "why": "old", "tries": "1", "send": str(number)})
        await pipe.execute()

    for _ in range(3):
        await tools.queue.bury(await take_one(tools), why="new")

    assert await redis.xlen(key("dead")) == 10_000
    assert (await tools.dead_letters.list(most=1))[0].names == {"send": "3"}
