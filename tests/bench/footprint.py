"""Redis memory of a verification, in bytes: its record, and all the keys that it creates.

Each verification is requested by a browser with a subject; its job is removed, as after the send.
"""

from tests.bench.bulk_load import by_ipv4, by_ipv4_with_key, by_ipv6, open_bulk_load
from tests.bench.engine import open_engine
from tests.bench.results import Measurement

RECORD_GOAL, ALL_GOAL = 400, 1_300
ROUNDS, REQUESTS = 3, 5_000
_BATCH = 1_000  # requests before the queue is emptied, which refuses from 10,000 on
_CALLERS = {
    "by IPv4": (by_ipv4, ALL_GOAL),
    "by IPv6": (by_ipv6, None),
    "by IPv4 and with an Idempotency-Key": (by_ipv4_with_key, None),
}


async def measure():
    """Create more and more verifications, each kind of caller on its own Redis; return the bytes of one."""
    measurements = []
    for caller, (write, goal) in _CALLERS.items():
        with open_engine() as url:
            async with open_bulk_load(url) as load:
                records, bytes_each = await _measure_bytes(load, write)
        if not measurements:
            measurements.append(Measurement("bytes of a verification's record", "B", records, RECORD_GOAL))
        measurements.append(
            Measurement(f"bytes of all keys of a verification, requested {caller}", "B", bytes_each, goal)
        )
    return measurements


async def _measure_bytes(load, write):
    """Return the bytes of some records, and of one verification at 5,000, 10,000 and 15,000.

    Redis' hash tables grow by doubling, so the cost of one depends on how full they are: hence several sizes.
    """
    await load.call(load.code_requests(_BATCH, write=write))  # creates connections, scripts and shared keys
    ids = await load.take()
    records = [await load.redis.memory_usage(f"{load.tag}:verification:{id}") for id in ids]
    before, bytes_each = await used_memory(load.redis), []
    for turn in range(1, ROUNDS + 1):
        for _ in range(REQUESTS // _BATCH):
            await load.call(load.code_requests(_BATCH, write=write))
            await load.take()
        bytes_each.append((await used_memory(load.redis) - before) / (turn * REQUESTS))
    return records, bytes_each


async def used_memory(redis):
    """Return the bytes that Redis has allocated."""
    return (await redis.info("memory"))["used_memory"]
