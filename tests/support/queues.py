"""Helpers to take jobs, age their claims and inspect their owners."""

from app.store.queue import GROUP
from tests.support.waiting import until


async def add_and_take_job(container, consumer="w1", *, which="sends", **fields):
    """Add a job to a queue, take it and return it."""
    await container.queue.add(which, [{"verification": "vf_1", "send": "1", **fields}])
    (job,) = await container.queue.take(which, consumer, most=1)
    return job


async def set_idle(redis, key, *ids, consumer="w1", which="sends", ms=4001):
    """Make the claims of jobs look as if they were last renewed `ms` milliseconds ago."""
    await redis.xclaim(key(f"{which}_queue"), GROUP, consumer, 0, list(ids), idle=ms, justid=True)


async def job_owners(redis, key, which="sends"):
    """Return the owner of each claimed job, by job id."""
    pending = await redis.xpending_range(key(f"{which}_queue"), GROUP, "-", "+", 1000)
    return {entry["message_id"].decode(): entry["consumer"].decode() for entry in pending}


async def wait_until_idle(container):
    """Wait until no job is queued, claimed or delayed."""
    await until(lambda: _has_no_job(container))


async def _has_no_job(container):
    return (await container.health.snapshot()).waiting == 0
