"""Cost of a call with more and more pending verifications: it must not grow with them.

The cost is the processor time of the service and of Redis, which depends less on a busy machine than elapsed time.
`FULL=1` adds ten million, if the machine has the memory. Use `REDIS_SERVER=redis-server` for it, as in production: a
server with the C library's allocator takes half as long again for each of so many verifications.
"""

import os
import statistics
import time
from contextlib import AsyncExitStack

import uvloop

from tests.bench import footprint
from tests.bench.bulk_load import open_bulk_load
from tests.bench.engine import open_engine
from tests.bench.results import Measurement

GOAL = 1.1
ROUNDS, CALLS = 24, 300  # many short rounds, so that an outside disturbance affects few
SIZES = (1_000, 100_000, 1_000_000)
LARGEST = 10_000_000
_REQUESTED = 100
_BYTES_EACH = 1_800  # maximum size of one verification
KINDS = ("request-code", "verify-code")
new_loop = uvloop.new_event_loop  # like the service


async def measure(engine_url):
    """Fill a Redis for each size and call them in turn; return the ratios to the smallest, and the bytes."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    footprint_results = await footprint.measure()  # first, while nothing else uses the machine's memory
    sizes, left_out = sizes_for(free if os.environ.get("FULL") == "1" else 0)
    async with AsyncExitStack() as stack:
        loads, created = {}, {}
        for size in sizes:
            url = stack.enter_context(open_engine()) if size > sizes[0] else engine_url
            loads[size] = await stack.enter_async_context(open_bulk_load(url))
        for size, load in loads.items():
            before = await footprint.used_memory(load.redis)
            created[size] = await load.grow(size, real=_REQUESTED)
            bytes_each = (await footprint.used_memory(load.redis) - before) / size
        costs, in_redis = await _call_in_turns(loads)
        for size, load in loads.items():
            assert await load.redis.exists(*created[size][0]) == len(created[size][0]), (
                "the copies expired during the measurement"
            )
    measurements = []
    for kind in KINDS:
        also = {
            "microseconds a call": _medians(costs, kind),
            "share of Redis": _medians(in_redis, kind),
        }
        for size in sizes[1:]:
            ratios = [ours / least for ours, least in zip(costs[size, kind], costs[sizes[0], kind], strict=True)]
            measurements.append(Measurement(f"{kind}, {size:,} pending / {sizes[0]:,}", "", ratios, GOAL, also))
    measurements.append(
        Measurement(f"bytes of each of {sizes[-1]:,} pending", "B", [bytes_each], footprint.ALL_GOAL, left_out)
    )
    return [*measurements, *footprint_results]


def sizes_for(free):
    """Return the sizes to measure with `free` bytes of memory for the largest, and a note on what is skipped."""
    needed = LARGEST * _BYTES_EACH
    if free > needed:
        return (*SIZES, LARGEST), {}
    return SIZES, {"left out": f"{LARGEST:,} pending; requires FULL=1 and {needed / 2**30:.0f} GiB of free memory."}


async def _call_in_turns(loads):
    """Call each size in each round, in alternating order; return the microseconds of a call, total and in Redis."""
    costs, in_redis = ({(size, kind): [] for size in loads for kind in KINDS} for _ in range(2))
    for turn in range(ROUNDS + 1):
        for size in sorted(loads, reverse=bool(turn % 2)):
            load = loads[size]
            for kind in KINDS:
                ids = await load.take()  # verifications that were just requested, to verify now
                requests = await load.verify_requests(ids) if ids else load.code_requests(CALLS)
                redis, service = await _redis_time(load.redis), time.process_time()
                await load.call(requests)
                service, redis = time.process_time() - service, await _redis_time(load.redis) - redis
                if turn:  # the first round only warms up
                    costs[size, kind].append((service + redis) / CALLS * 1e6)
                    in_redis[size, kind].append(redis / CALLS * 1e6)
    return costs, in_redis


async def _redis_time(redis):
    """Return the seconds of processor time of Redis."""
    cpu = await redis.info("cpu")
    return cpu["used_cpu_user"] + cpu["used_cpu_sys"]


def _medians(costs, kind):
    return {f"{size:,}": round(statistics.median(values)) for (size, which), values in costs.items() if which == kind}
