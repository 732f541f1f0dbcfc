"""How many bytes of Redis a verification takes: its record, and all that it brings.

Each is a real one, asked for by a browser with an account; its job is gone, as after its send.
"""

from tests.bench.bulk_load import by_ipv4, by_ipv4_with_key, by_ipv6, crowd
from tests.bench.engine import open_engine
from tests.bench.results import Found

RECORD_GOAL, ALL_GOAL = 400, 1_300
ROUNDS, ASKS = 3, 5_000
_SLICE = 1_000  # asks between two looks at the queue, which refuses from 10,000 on
_CALLERS = {
    "by IPv4": (by_ipv4, ALL_GOAL),
    "by IPv6": (by_ipv6, None),
    "by IPv4 and with an Idempotency-Key": (by_ipv4_with_key, None),
}


async def measure():
    """Let ever more people ask, each kind of caller on a Redis of its own; gives the bytes of one."""
    found = []
    for caller, (write, goal) in _CALLERS.items():
        with open_engine() as url:
            async with crowd(url) as people:
                records, bytes_each = await _weigh(people, write)
        if not found:
            found.append(Found("bytes of a verification's record", "B", records, RECORD_GOAL))
        found.append(Found(f"bytes of all that a verification brings, asked for {caller}", "B", bytes_each, goal))
    return found


async def _weigh(people, write):
    """Give the bytes of some records, and of one verification once there are 5,000, 10,000 and so on.

    Redis' tables grow by doubling, so that how full they are shows in what one costs: hence several sizes.
    """
    await people.call(people.asks(_SLICE, write=write))  # so that connections, scripts and what all share are there
    ids = await people.take()
    records = [await people.redis.memory_usage(f"{people.tag}:verification:{id}") for id in ids]
    before, bytes_each = await used_memory(people.redis), []
    for turn in range(1, ROUNDS + 1):
        for _ in range(ASKS // _SLICE):
            await people.call(people.asks(_SLICE, write=write))
            await people.take()
        bytes_each.append((await used_memory(people.redis) - before) / (turn * ASKS))
    return records, bytes_each


async def used_memory(redis):
    """Tell how many bytes Redis has asked for."""
    return (await redis.info("memory"))["used_memory"]
