"""Effect of hanging vendors on the API: p99 of `request-code` with hanging gateways, relative to healthy ones.

Both services run side by side, each with its own API, worker and vendor, and are called in turn.
"""

import statistics
from contextlib import AsyncExitStack

from tests.bench.load import request_codes
from tests.bench.results import Measurement, percentile
from tests.bench.service import new_numbers, service
from tests.bench.vendor import vendor

GOAL = 1.1
RATE, ROUNDS, CALLS = 200, 24, 200  # short rounds, so that an outside disturbance affects few
_VENDOR_DELAYS = {"healthy": 0.05, "hanging": 3600.0}  # seconds until a vendor responds


async def measure(engine_url):
    """Call both in turn, each of them first in half of the rounds; return the ratio of their p99."""
    p99 = {"healthy": [], "hanging": []}
    async with AsyncExitStack() as stack:
        ports = {}
        for name, delay in _VENDOR_DELAYS.items():
            fake_vendor = await stack.enter_async_context(vendor(delay=delay))
            settings = fake_vendor.settings("one", "two")
            ports[name] = await stack.enter_async_context(service(engine_url, f"{{{name}}}", settings))
        for turn in range(ROUNDS + 1):
            for name in sorted(ports, reverse=bool(turn % 2)):
                timed_calls = await request_codes(ports[name], new_numbers(CALLS), rate=RATE)
                p99[name].append(percentile([call.milliseconds for call in timed_calls.values()], 99))
    ratios = [hanging / healthy for healthy, hanging in zip(*p99.values(), strict=True)]
    medians = {f"{name}, ms": round(statistics.median(values[1:]), 2) for name, values in p99.items()}
    name = f"request-code p99 at {RATE} requests/s, every gateway hangs / all are healthy"
    return [Measurement(name, "", ratios[1:], GOAL, medians)]  # the first round only warms up
