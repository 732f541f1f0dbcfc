"""How many SMS one worker process hands over a second, to a vendor that takes 50 ms to answer."""

from app.container import open_container
from tests.bench.results import Found
from tests.bench.service import numbers, worker
from tests.bench.vendor import vendor
from tests.support.actions import ask
from tests.support.builders import make_settings
from tests.support.waiting import until

ROUNDS, SENDS = 5, 1_200
_TAKES = 0.05  # seconds for the vendor to answer
_UNEVEN = 0.1  # of the SMS at both ends: connections are opened, and the last ones are few


async def measure(engine_url):
    """Fill the queue and start a worker, again and again; gives how many SMS a second it hands over in full run."""
    rates = []
    async with vendor(delay=_TAKES) as carrier:
        settings = carrier.settings("one", "two")
        async with open_container(make_settings(engine_url, "{sends}", **settings)) as container:
            for _ in range(ROUNDS):
                for number in numbers(SENDS):
                    await ask(container, number)
                async with worker(engine_url, "{sends}", settings) as process:
                    await until(lambda: _is_quiet(container), within=60)
                    assert await process.stop() == 0
                rates.append(_rate(sorted((await carrier.seen()).values())))
    return [Found("sends by one worker process, to a vendor that takes 50 ms", "/s", rates)]


def _rate(moments):
    """Count per second between the first and the last tenth."""
    assert len(moments) == SENDS
    first, last = round(SENDS * _UNEVEN), round(SENDS * (1 - _UNEVEN)) - 1
    return (last - first) / (moments[last] - moments[first])


async def _is_quiet(container):
    return (await container.health.snapshot()).waiting == 0
