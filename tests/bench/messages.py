"""Time from the response of `request-code` until the vendor receives the SMS, while a bulk of messages is sent.

API, worker, Redis and vendor are separate processes, as in production. The bulk is sent by the same API and the same
worker through the same gateway. `MESSAGES` in the environment is another size of the bulk.
"""

import json
import os
import time

import httpx

from tests.bench.load import request_codes
from tests.bench.results import Measurement, percentile
from tests.bench.service import new_numbers, service
from tests.bench.vendor import vendor
from tests.support.waiting import until

GOAL = 50  # ms more than without a bulk
BULK = int(os.environ.get("MESSAGES", "100000"))
RATE, ROUNDS, CALLS = 100, 5, 300
_VENDOR_DELAY = 0.05  # seconds until the vendor responds
_RECIPIENTS = 1000  # of one call
_SETTINGS = {"apps": json.dumps({"dev": {"free_text": True}}), "limit_calls_per_address": "off"}


async def measure(engine_url):
    """Request codes in rounds, first alone, then while the bulk is accepted and sent; return the difference of p99."""
    async with vendor(delay=_VENDOR_DELAY) as fake_vendor:
        settings = fake_vendor.settings("one") | _SETTINGS
        async with service(engine_url, "{messages}", settings) as port:
            seen = Seen(fake_vendor)
            quiet = [await _waits(port, seen) for _ in range(ROUNDS + 1)][1:]  # the first round only warms up
            bulk = await _send_bulk(port)
            before, began = len(seen.messages(bulk)), time.monotonic()
            loaded = [await _waits(port, seen) for _ in range(ROUNDS)]
            sent, seconds = len(seen.messages(bulk)) - before, time.monotonic() - began
            await until(lambda: seen.has_all(bulk), within=BULK / 50 + 60)
    p99 = {
        name: [percentile(waits, 99) for waits in rounds] for name, rounds in {"quiet": quiet, "bulk": loaded}.items()
    }
    also = {f"p99 {name}, ms": round(percentile(values, 50), 2) for name, values in p99.items()}
    for name, rounds in {"quiet": quiet, "bulk": loaded}.items():
        also[f"p50 {name}, ms"] = round(percentile([wait for waits in rounds for wait in waits], 50), 2)
    also |= {"messages a second meanwhile": round(sent / seconds), "messages": BULK, "received twice": seen.repeated}
    return [
        Measurement(
            f"accepted to handed over, at {RATE} codes/s: p99 under a bulk, less the quiet one",
            "ms",
            [loaded - percentile(p99["quiet"], 50) for loaded in p99["bulk"]],
            GOAL,
            also,
        )
    ]


class Seen:
    """What the vendor has received, with the time of arrival."""

    def __init__(self, fake_vendor):
        self.at, self.repeated = {}, 0
        self._vendor = fake_vendor

    async def look(self):
        new = await self._vendor.seen()
        self.repeated += len(new.keys() & self.at.keys())
        self.at |= new

    def messages(self, numbers):
        return [number for number in numbers if number[1:] in self.at]

    async def has_all(self, numbers):
        await self.look()
        return all(number[1:] in self.at for number in numbers)


async def _send_bulk(port):
    """Send a free text to many numbers, by calls of a thousand, each until it is accepted; return the numbers."""
    numbers = new_numbers(BULK)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        for first in range(0, BULK, _RECIPIENTS):
            body = {"to": numbers[first : first + _RECIPIENTS], "text": "Your order has left."}
            headers = {"authorization": "Bearer sk_dev", "idempotency-key": f"bulk-{first}"}
            answers = await until(lambda: _post(client, body, headers), within=120)  # noqa: B023  awaited
            refused = [one for one in answers if "message_id" not in one]
            assert not refused, refused[:3]
    return numbers


async def _post(client, body, headers):
    """Make one call; return its recipients, or None where Redis did not answer in time, as on a busy machine."""
    response = await client.post("/v1/messages", json=body, headers=headers)
    assert response.status_code in {202, 503}, response.text
    return response.json()["messages"] if response.is_success else None


async def _waits(port, seen):
    """Request a round of codes; return the milliseconds until each SMS arrived, below 0 if before the response."""
    timed_calls = await request_codes(port, new_numbers(CALLS), rate=RATE)
    await until(lambda: seen.has_all(timed_calls), within=60)
    return [(seen.at[number[1:]] - call.answered) * 1000 for number, call in timed_calls.items()]
