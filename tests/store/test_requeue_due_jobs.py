"""wake_jobs: what is due goes back into its stream."""

import asyncio

from tests.support.queues import take_one


async def test_racing_workers_wake_each_job_once(container):
    for number in range(30):
        await container.queue.put_back(await take_one(container, send=str(number)), wait_ms=0)

    woken = await asyncio.gather(*(container.queue.wake() for _ in range(20)))

    assert sum(woken) == 30
    jobs = await container.queue.take("sends", "w", most=100)
    assert sorted(int(job.fields["send"]) for job in jobs) == list(range(30))


async def test_a_job_wakes_in_its_own_queue(container):
    await container.queue.put_back(await take_one(container, which="reports", word="r"), wait_ms=0)
    await container.queue.put_back(await take_one(container, which="sends", word="s"), wait_ms=0)

    await container.queue.wake()

    for which, word in (("reports", "r"), ("sends", "s")):
        (job,) = await container.queue.take(which, "w", most=10)
        assert job.fields["word"] == word


async def test_the_earliest_hundred_wake_at_a_time(container, redis, key):
    """So that the script stays short however many wait."""
    for number in range(130):
        await redis.zadd(key("later"), {f'["{number}-0","sends","verification","vf_1","send","{number}"]': number + 1})

    assert await container.queue.wake() == 100
    jobs = await container.queue.take("sends", "w", most=200)
    assert [job.fields["send"] for job in jobs] == [str(number) for number in range(100)]
    assert await container.queue.wake() == 30
    assert await container.queue.wake() == 0
