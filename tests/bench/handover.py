"""How long an SMS waits: from the answer of `request-code` until its vendor has it, at 200 requests a second.

API, worker, Redis and vendor are processes of their own, as in production.
"""

from tests.bench.load import ask_for_codes
from tests.bench.results import Found, percentile
from tests.bench.service import numbers, service
from tests.bench.vendor import vendor
from tests.support.waiting import until

GOAL = 50  # ms
RATE, ROUNDS, CALLS = 200, 8, 600
_TAKES = 0.05  # seconds for the vendor to answer


async def measure(engine_url):
    """Ask in rounds; gives the 99th percentile of each, and beside it what all rounds together show."""
    async with vendor(delay=_TAKES) as carrier:
        settings = carrier.settings("one", "two")
        async with service(engine_url, "{handover}", settings) as port:
            rounds = [await _waits(port, carrier) for _ in range(ROUNDS + 1)][1:]  # the first only warms up
    together = [wait for waits in rounds for wait in waits]
    words = {"p50": 50, "p99": 99, "longest": 100}
    also = {f"{word} of all, ms": round(percentile(together, percent), 2) for word, percent in words.items()}
    p99 = [percentile(waits, 99) for waits in rounds]
    return [Found(f"accepted to handed over, at {RATE} requests/s, p99", "ms", p99, GOAL, also)]


async def _waits(port, carrier):
    """Ask for a round of codes; gives the milliseconds that each SMS waited, below 0 where the vendor was faster."""
    asked = await ask_for_codes(port, numbers(CALLS), rate=RATE)
    seen = {}

    async def has_all():
        seen.update(await carrier.seen())
        return len(seen) == len(asked)

    await until(has_all)
    return [(seen[number[1:]] - one.answered) * 1000 for number, one in asked.items()]
