"""SMS per second that one worker process sends to a vendor that responds in 50 ms."""

from app.container import open_container
from tests.bench.results import Measurement
from tests.bench.service import new_numbers, worker
from tests.bench.vendor import vendor
from tests.support.actions import start_verification
from tests.support.builders import make_settings
from tests.support.waiting import until

ROUNDS, SENDS = 5, 1_200
_VENDOR_DELAY = 0.05  # seconds until the vendor responds
_IGNORED = 0.1  # share of the SMS that is ignored at both ends: connections are opened, and the last ones are few


async def measure(engine_url):
    """Fill the queue and start a worker, repeatedly; return the SMS per second in the steady state."""
    rates = []
    async with vendor(delay=_VENDOR_DELAY) as fake_vendor:
        settings = fake_vendor.settings("one", "two")
        async with open_container(make_settings(engine_url, "{sends}", **settings)) as container:
            for _ in range(ROUNDS):
                for number in new_numbers(SENDS):
                    await start_verification(container, number)
                async with worker(engine_url, "{sends}", settings) as process:
                    await until(lambda: _is_idle(container), within=60)
                    assert await process.stop() == 0
                rates.append(_rate(sorted((await fake_vendor.seen()).values())))
    return [Measurement("sends by one worker process, to a vendor that takes 50 ms", "/s", rates)]


def _rate(times):
    """Return the rate between the first and the last tenth."""
    assert len(times) == SENDS
    first, last = round(SENDS * _IGNORED), round(SENDS * (1 - _IGNORED)) - 1
    return (last - first) / (times[last] - times[first])


async def _is_idle(container):
    return (await container.health.snapshot()).waiting == 0
