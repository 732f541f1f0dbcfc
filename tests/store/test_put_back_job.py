"""put_back_job: take a job out of its stream and delay it."""

import asyncio

from tests.support.queues import add_and_take_job, job_owners, set_idle


async def test_delayed_job_returns_after_its_wait(container, clock):
    job = await add_and_take_job(container)
    await container.queue.put_back(job, wait_ms=500)

    clock.tick(ms=499)
    assert await container.queue.requeue_due_jobs() == 0
    clock.tick(ms=1)
    assert await container.queue.requeue_due_jobs() == 1

    (again,) = await container.queue.take("sends", "w2", most=10)
    assert (again.fields, again.tries) == (job.fields, 1)


async def test_untried_job_keeps_its_try_count(container):
    job = await add_and_take_job(container, tries="3")
    await container.queue.put_back(job, wait_ms=0, tried=False)
    await container.queue.requeue_due_jobs()

    (again,) = await container.queue.take("sends", "w2", most=10)
    assert again.tries == 3


async def test_job_keeps_its_first_id_as_origin(container):
    """A gateway call in progress is then recognized as the job's own and continues; otherwise it would be abandoned."""
    job = await add_and_take_job(container)
    again = job
    for _ in range(2):
        await container.queue.put_back(again, wait_ms=0)
        await container.queue.requeue_due_jobs()
        (again,) = await container.queue.take("sends", "w2", most=10)

    assert again.id != job.id
    assert again.origin == job.id


async def test_racing_workers_put_a_job_back_once(container, redis, key):
    job = await add_and_take_job(container)

    await asyncio.gather(*(container.queue.put_back(job, wait_ms=wait) for wait in range(20)))

    assert await redis.zcard(key("later")) == 1
    assert await redis.xlen(key("sends_queue")) == 0
    assert await job_owners(redis, key) == {}


async def test_racing_finish_and_put_back_leave_at_most_one_job(container, redis, key):
    job = await add_and_take_job(container)

    await asyncio.gather(container.queue.finish(job), container.queue.put_back(job, wait_ms=0))

    assert await redis.zcard(key("later")) <= 1
    assert await redis.xlen(key("sends_queue")) == 0


async def test_worker_that_lost_its_job_does_not_put_it_back(container, redis, key):
    """The job would run twice: now by the other worker, and again later."""
    lost = await add_and_take_job(container)
    await set_idle(redis, key, lost.id)
    (claimed,) = await container.queue.claim("sends", "w2", most=10)

    await container.queue.put_back(lost, wait_ms=0)
    assert await redis.zcard(key("later")) == 0
    assert await job_owners(redis, key) == {lost.id: "w2"}

    await container.queue.put_back(claimed, wait_ms=0)
    assert await redis.zcard(key("later")) == 1


async def test_unicode_fields_survive_a_delay(container):
    """A vendor's status may contain any printable characters."""
    job = await add_and_take_job(container, which="reports", word="livré 配信済み |\"'\\ ٣", reason="")
    await container.queue.put_back(job, wait_ms=0)
    await container.queue.requeue_due_jobs()

    (again,) = await container.queue.take("reports", "w", most=1)
    assert again.fields == job.fields


async def test_messages_that_are_put_back_do_not_count_when_a_code_is_refused(container, redis, key):
    """They wait for the rate of their gateway, perhaps a hundred thousand of them."""
    await container.queue.put_back(await add_and_take_job(container, which="messages"), wait_ms=60_000)

    assert [await redis.zcard(key(name)) for name in ("later", "later_messages")] == [0, 1]
