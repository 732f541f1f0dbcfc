"""Whether vendors that hang slow the API: p99 of `request-code` while every gateway hangs, against healthy ones.

Both run side by side, each with an API, a worker and a vendor of its own, and are asked in turn.
"""

import statistics
from contextlib import AsyncExitStack

from tests.bench.load import ask_for_codes
from tests.bench.results import Found, percentile
from tests.bench.service import numbers, service
from tests.bench.vendor import vendor

GOAL = 1.1
RATE, ROUNDS, CALLS = 200, 24, 200  # short rounds: a disturbance from outside spoils few
_TAKES = {"healthy": 0.05, "hanging": 3600.0}  # seconds for a vendor to answer


async def measure(engine_url):
    """Ask both in turn, and each first as often as the other; gives the ratio of their p99."""
    p99 = {"healthy": [], "hanging": []}
    async with AsyncExitStack() as stack:
        ports = {}
        for name, delay in _TAKES.items():
            carrier = await stack.enter_async_context(vendor(delay=delay))
            settings = carrier.settings("one", "two")
            ports[name] = await stack.enter_async_context(service(engine_url, f"{{{name}}}", settings))
        for turn in range(ROUNDS + 1):
            for name in sorted(ports, reverse=bool(turn % 2)):
                asked = await ask_for_codes(ports[name], numbers(CALLS), rate=RATE)
                p99[name].append(percentile([one.milliseconds for one in asked.values()], 99))
    ratios = [hanging / healthy for healthy, hanging in zip(*p99.values(), strict=True)]
    medians = {f"{name}, ms": round(statistics.median(some[1:]), 2) for name, some in p99.items()}
    name = f"request-code p99 at {RATE} requests/s, every gateway hangs / all are healthy"
    return [Found(name, "", ratios[1:], GOAL, medians)]  # the first only warms up
