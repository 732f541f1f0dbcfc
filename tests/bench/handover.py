"""Time from the response of `request-code` until the vendor receives the SMS, at 200 requests per second.

API, worker, Redis and vendor are separate processes, as in production.
"""

from tests.bench.load import request_codes
from tests.bench.results import Measurement, percentile
from tests.bench.service import new_numbers, service
from tests.bench.vendor import vendor
from tests.support.waiting import until

GOAL = 50  # ms
RATE, ROUNDS, CALLS = 200, 8, 600
_VENDOR_DELAY = 0.05  # seconds until the vendor responds


async def measure(engine_url):
    """Request codes in rounds; return the 99th percentile of each, and percentiles of all rounds."""
    async with vendor(delay=_VENDOR_DELAY) as fake_vendor:
        settings = fake_vendor.settings("one", "two")
        async with service(engine_url, "{handover}", settings) as port:
            rounds = [await _waits(port, fake_vendor) for _ in range(ROUNDS + 1)][1:]  # the first round only warms up
    all_waits = [wait for waits in rounds for wait in waits]
    percentiles = {"p50": 50, "p99": 99, "longest": 100}
    also = {f"{label} of all, ms": round(percentile(all_waits, percent), 2) for label, percent in percentiles.items()}
    p99 = [percentile(waits, 99) for waits in rounds]
    return [Measurement(f"accepted to handed over, at {RATE} requests/s, p99", "ms", p99, GOAL, also)]


async def _waits(port, fake_vendor):
    """Request a round of codes; return the milliseconds until each SMS arrived, below 0 if before the response."""
    timed_calls = await request_codes(port, new_numbers(CALLS), rate=RATE)
    seen = {}

    async def has_received_all():
        seen.update(await fake_vendor.seen())
        return len(seen) == len(timed_calls)

    await until(has_received_all)
    return [(seen[number[1:]] - call.answered) * 1000 for number, call in timed_calls.items()]
