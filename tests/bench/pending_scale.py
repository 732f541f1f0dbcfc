"""What a call costs while ever more verifications are pending: it must not grow with them.

Its cost is the processor time of the service and of Redis, which a busy machine does not change as it does the clock's.
`FULL=1` adds ten million, where the machine has the memory; with `REDIS_SERVER=redis-server` on an engine as operators
have it, for one that grows by the C library's allocator takes half as long again for each of so many.
"""

import os
import statistics
import time
from contextlib import AsyncExitStack

import uvloop

from tests.bench import footprint
from tests.bench.bulk_load import crowd
from tests.bench.engine import open_engine
from tests.bench.results import Found

GOAL = 1.1
ROUNDS, CALLS = 24, 300  # many short ones: a disturbance from outside spoils few
SIZES = (1_000, 100_000, 1_000_000)
LARGEST = 10_000_000
_REAL = 100
_BYTES = 1_800  # that one takes at most
KINDS = ("request-code", "verify-code")
new_loop = uvloop.new_event_loop  # as the service has it


async def measure(engine_url):
    """Fill a Redis for each size and call them in turns; gives the ratios to the smallest, and the bytes."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    bytes_brought = await footprint.measure()  # first, while the machine has its memory to itself
    sizes, left_out = sizes_for(free if os.environ.get("FULL") == "1" else 0)
    async with AsyncExitStack() as stack:
        crowds, brought = {}, {}
        for size in sizes:
            url = stack.enter_context(open_engine()) if size > sizes[0] else engine_url
            crowds[size] = await stack.enter_async_context(crowd(url))
        for size, people in crowds.items():
            before = await footprint.used_memory(people.redis)
            brought[size] = await people.grow(size, real=_REAL)
            bytes_each = (await footprint.used_memory(people.redis) - before) / size
        costs, in_redis = await _call_in_turns(crowds)
        for size, people in crowds.items():
            assert await people.redis.exists(*brought[size][0]) == len(brought[size][0]), "the crowd did not last"
    found = []
    for kind in KINDS:
        also = {
            "microseconds a call": _medians(costs, kind),
            "of these in Redis": _medians(in_redis, kind),
        }
        for size in sizes[1:]:
            ratios = [ours / least for ours, least in zip(costs[size, kind], costs[sizes[0], kind], strict=True)]
            found.append(Found(f"{kind}, {size:,} pending / {sizes[0]:,}", "", ratios, GOAL, also))
    found.append(Found(f"bytes of each of {sizes[-1]:,} pending", "B", [bytes_each], footprint.ALL_GOAL, left_out))
    return [*found, *bytes_brought]


def sizes_for(free):
    """Give the sizes to measure where so many bytes are free for the largest, and in a sentence what is left out."""
    need = LARGEST * _BYTES
    if free > need:
        return (*SIZES, LARGEST), {}
    return SIZES, {"left out": f"{LARGEST:,} pending; they take FULL=1 and {need / 2**30:.0f} GiB of free memory."}


async def _call_in_turns(crowds):
    """Call each in each round, in changing order; gives the microseconds of a call, in all and of Redis alone."""
    costs, in_redis = ({(size, kind): [] for size in crowds for kind in KINDS} for _ in range(2))
    for turn in range(ROUNDS + 1):
        for size in sorted(crowds, reverse=bool(turn % 2)):
            people = crowds[size]
            for kind in KINDS:
                ids = await people.take()  # of those who asked just before, and now come back
                requests = await people.checks(ids) if ids else people.asks(CALLS)
                redis, service = await _worked(people.redis), time.process_time()
                await people.call(requests)
                service, redis = time.process_time() - service, await _worked(people.redis) - redis
                if turn:  # the first only warms up
                    costs[size, kind].append((service + redis) / CALLS * 1e6)
                    in_redis[size, kind].append(redis / CALLS * 1e6)
    return costs, in_redis


async def _worked(redis):
    """Tell the seconds of processor time of Redis."""
    spent = await redis.info("cpu")
    return spent["used_cpu_user"] + spent["used_cpu_sys"]


def _medians(costs, kind):
    return {f"{size:,}": round(statistics.median(some)) for (size, which), some in costs.items() if which == kind}
