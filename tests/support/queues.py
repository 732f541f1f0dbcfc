"""Jobs in hand, and hands that died."""

from app.store.queue import GROUP
from tests.support.waiting import until


async def take_one(container, consumer="w1", *, which="sends", **fields):
    """Add a job and take it."""
    await container.queue.add(which, [{"verification": "vf_1", "send": "1", **fields}])
    (job,) = await container.queue.take(which, consumer, most=1)
    return job


async def age(redis, key, *ids, consumer="w1", which="sends", ms=4001):
    """Make the holds of jobs look as if nobody had renewed them for so long."""
    await redis.xclaim(key(f"{which}_queue"), GROUP, consumer, 0, list(ids), idle=ms, justid=True)


async def in_hand(redis, key, which="sends"):
    """The ids of jobs that somebody holds."""
    pending = await redis.xpending_range(key(f"{which}_queue"), GROUP, "-", "+", 1000)
    return {entry["message_id"].decode(): entry["consumer"].decode() for entry in pending}


async def quiet(container):
    """Wait until no job is queued, in hand or put back."""
    await until(lambda: _has_no_job(container))


async def _has_no_job(container):
    return (await container.health.snapshot()).waiting == 0
