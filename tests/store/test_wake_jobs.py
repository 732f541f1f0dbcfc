"""wake_jobs: what is due goes back into its stream."""

import asyncio

from tests.support.queues import take_one


async def test_racing_workers_wake_each_job_once(tools):
    for number in range(30):
        await tools.queue.put_back(await take_one(tools, send=str(number)), wait_ms=0)

    woken = await asyncio.gather(*(tools.queue.wake() for _ in range(20)))

    assert sum(woken) == 30
    jobs = await tools.queue.take("sends", "w", most=100)
    assert sorted(int(job.fields["send"]) for job in jobs) == list(range(30))


async def test_a_job_wakes_in_its_own_queue(tools):
    await tools.queue.put_back(await take_one(tools, which="reports", word="r"), wait_ms=0)
    await tools.queue.put_back(await take_one(tools, which="sends", word="s"), wait_ms=0)

    await tools.queue.wake()

    for which, word in (("reports", "r"), ("sends", "s")):
        (job,) = await tools.queue.take(which, "w", most=10)
        assert job.fields["word"] == word


async def test_the_earliest_hundred_wake_at_a_time(tools, redis, key):
    """So that the script stays short however many wait."""
    for number in range(130):
        await redis.zadd(key("later"), {f'["{number}-0","sends","verification","vf_1","send","{number}"]': number + 1})

    assert await tools.queue.wake() == 100
    jobs = await tools.queue.take("sends", "w", most=200)
    assert [job.fields["send"] for job in jobs] == [str(number) for number in range(100)]
    assert await tools.queue.wake() == 30
    assert await tools.queue.wake() == 0
