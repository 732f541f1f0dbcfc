"""Helpers to take jobs, age their claims and inspect their owners."""

from app.store.queue import GROUP
from tests.support.waiting import until

_CHECKSUM_BYTES = 8
_JONES = 0x95AC9329AC4BC9B5


async def add_and_take_job(container, consumer="w1", *, which="sends", **fields):
    """Add a job to a queue, take it and return it."""
    await container.queue.add(which, [{"verification": "vf_1", "send": "1", **fields}])
    (job,) = await container.queue.take(which, consumer, most=1)
    return job


async def set_idle(redis, key, *ids, consumer="w1", which="sends", ms=4001):
    """Make the claims of jobs look as if they were last renewed `ms` milliseconds ago."""
    await redis.xclaim(key(f"{which}_queue"), GROUP, consumer, 0, list(ids), idle=ms, justid=True)


async def set_held_ahead(redis, key, id, *, ms):
    """Make the claim of a job begin `ms` milliseconds from now, as if Redis' clock had been ahead; a real engine only.

    No command takes such a time, so it is changed in a dump of the stream: there the time of a claim follows the second
    place where the id stands. The first one is the key of a node, so this must be the first job.
    """
    stream = key("sends_queue")
    claim = b"".join(int(part).to_bytes(8, "big") for part in id.split("-"))
    dump = bytearray((await redis.dump(stream))[:-_CHECKSUM_BYTES])
    place = dump.index(claim, dump.index(claim) + 1) + len(claim)
    ahead = int.from_bytes(dump[place : place + 8], "little") + ms
    dump[place : place + 8] = ahead.to_bytes(8, "little")
    await redis.restore(stream, 0, bytes(dump) + crc64(dump).to_bytes(_CHECKSUM_BYTES, "little"), replace=True)


def crc64(data):
    """Return the checksum of a dump: CRC-64 with Jones' polynomial, reflected."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (_JONES if crc & 1 else 0)
    return crc


async def job_owners(redis, key, which="sends"):
    """Return the owner of each claimed job, by job id."""
    pending = await redis.xpending_range(key(f"{which}_queue"), GROUP, "-", "+", 1000)
    return {entry["message_id"].decode(): entry["consumer"].decode() for entry in pending}


async def wait_until_idle(container):
    """Wait until no job is queued, claimed or delayed."""
    await until(lambda: _has_no_job(container))


async def _has_no_job(container):
    return (await container.health.snapshot()).waiting == 0
