"""finish_job: acknowledge and delete a completed job."""

import asyncio

from tests.support.queues import add_and_take_job, job_owners


async def test_finished_job_is_gone_and_owned_by_nobody(container, redis, key):
    job = await add_and_take_job(container)

    await container.queue.finish(job)

    assert await redis.xlen(key("sends_queue")) == 0
    assert await job_owners(redis, key) == {}


async def test_racing_finishes_leave_nothing_and_touch_no_other_job(container, redis, key):
    job, other = await add_and_take_job(container), await add_and_take_job(container)

    await asyncio.gather(*(container.queue.finish(job) for _ in range(20)))

    assert list(await job_owners(redis, key)) == [other.id]
    assert await redis.xlen(key("sends_queue")) == 1


async def test_racing_finish_and_bury_leave_no_job_in_the_stream(container, redis, key):
    job = await add_and_take_job(container)

    await asyncio.gather(container.queue.finish(job), container.queue.bury(job, why="x"))

    assert await redis.xlen(key("sends_queue")) == 0
    assert await redis.xlen(key("dead")) <= 1


async def test_finishing_a_job_of_a_lost_stream_raises_nothing(container, redis, key):
    job = await add_and_take_job(container)
    await redis.delete(key("sends_queue"))

    await container.queue.finish(job)
