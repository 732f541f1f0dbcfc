"""requeue_due_jobs: move the jobs that are due back into their streams."""

import asyncio

from app.store.queue import GROUP
from tests.support.queues import add_and_take_job, job_owners, set_held_ahead
from tests.support.stores import on_the_engine
from tests.support.waiting import until


async def test_racing_workers_requeue_each_job_once(container):
    for number in range(30):
        await container.queue.put_back(await add_and_take_job(container, send=str(number)), wait_ms=0)

    requeued = await asyncio.gather(*(container.queue.requeue_due_jobs() for _ in range(20)))

    assert sum(requeued) == 30
    jobs = await container.queue.take("sends", "w", most=100)
    assert sorted(int(job.fields["send"]) for job in jobs) == list(range(30))


async def test_job_is_requeued_in_its_own_queue(container):
    await container.queue.put_back(await add_and_take_job(container, which="reports", word="r"), wait_ms=0)
    await container.queue.put_back(await add_and_take_job(container, which="sends", word="s"), wait_ms=0)
    await container.queue.put_back(await add_and_take_job(container, which="messages", word="m"), wait_ms=0)

    await container.queue.requeue_due_jobs()

    for which, word in (("reports", "r"), ("sends", "s"), ("messages", "m")):
        (job,) = await container.queue.take(which, "w", most=10)
        assert job.fields["word"] == word


async def test_at_most_a_hundred_jobs_are_requeued_per_call(container, redis, key):
    """This bounds the run time of the script, however many jobs wait."""
    for number in range(130):
        await redis.zadd(key("later"), {f'["{number}-0","sends","verification","vf_1","send","{number}"]': number + 1})

    assert await container.queue.requeue_due_jobs() == 100
    jobs = await container.queue.take("sends", "w", most=200)
    assert [job.fields["send"] for job in jobs] == [str(number) for number in range(100)]
    assert await container.queue.requeue_due_jobs() == 30
    assert await container.queue.requeue_due_jobs() == 0


async def test_a_job_that_a_clock_ahead_of_time_put_back_is_due_once_the_clock_is_right(container, clock):
    """Redis' clock was an hour ahead for some seconds: otherwise the SMS would be sent an hour later, if ever."""
    clock.tick(seconds=3600)
    await container.queue.put_back(await add_and_take_job(container, send="1"), wait_ms=500)
    clock.tick(seconds=-3599)

    assert await container.queue.requeue_due_jobs() == 1


async def test_a_job_may_wait_for_as_long_as_a_code_lives(container, clock):
    await container.queue.put_back(await add_and_take_job(container, send="1"), wait_ms=600_000)

    assert await container.queue.requeue_due_jobs() == 0
    clock.tick(seconds=600)
    assert await container.queue.requeue_due_jobs() == 1


@on_the_engine
async def test_a_hold_that_a_clock_ahead_of_time_began_begins_once_the_clock_is_right(container, redis, key):
    """Otherwise the job of a worker that died meanwhile would be claimed an hour later, if ever."""
    job = await add_and_take_job(container)
    await set_held_ahead(redis, key, job.id, ms=3_600_000)

    async def is_ageing():
        (entry,) = await redis.xpending_range(key("sends_queue"), GROUP, "-", "+", 1)
        return entry["time_since_delivered"] > 0

    await container.queue.requeue_due_jobs()

    await until(is_ageing, within=2)
    assert await job_owners(redis, key) == {job.id: job.holder}


async def test_jobs_that_are_held_stay_with_their_workers(container, redis, key):
    jobs = [await add_and_take_job(container, f"w{number % 3}") for number in range(9)]

    await asyncio.gather(*(container.queue.requeue_due_jobs() for _ in range(20)))

    assert await job_owners(redis, key) == {job.id: job.holder for job in jobs}
    assert await container.queue.claim("sends", "w4", most=9) == []
