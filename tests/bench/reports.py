"""How many reports a second one process takes in, and how many one worker applies; a tenth of them forged."""

import time

from app.container import open_container
from tests.bench.results import Found
from tests.support.builders import make_settings
from tests.support.fake_gateways import Carrier, with_gateway
from tests.support.report_scenarios import SETTINGS, begin, is_heard, settle, tell
from tests.support.running_worker import working
from tests.support.waiting import until

ROUNDS, MESSAGES = 5, 700
SLOTS = 100


async def measure(engine_url):
    """Let vendors tell of ever new messages, and then a worker apply it, alternately."""
    taken_in, applied = [], []
    async with open_container(make_settings(engine_url, "{reports}", **SETTINGS)) as container:
        await container.queue.open()
        for turn in range(ROUNDS + 1):
            tales = [await begin(container, place) for place in range(turn * MESSAGES, (turn + 1) * MESSAGES)]
            for tale in tales:
                await settle(container, tale)
            taken_in.append(await _take_in(container, tell(tales)))
            applied.append(await _apply(container))
    names = ("reports taken in by one process, without HTTP", "reports applied by one worker")
    return [Found(name, "/s", rates[1:]) for name, rates in zip(names, (taken_in, applied), strict=True)]


async def _take_in(container, all_told):
    """Verify, read and queue them one by one; gives the reports per second."""
    started = time.perf_counter()
    for told in all_told:
        assert await is_heard(container, told)
    return len(all_told) / (time.perf_counter() - started)


async def _apply(container):
    """Drain the queue with one worker; gives the jobs per second."""
    jobs = (await container.health.snapshot()).waiting
    started = time.perf_counter()
    async with working(with_gateway(container, Carrier()), slots=SLOTS):
        await until(lambda: _is_quiet(container), within=60)
        spent = time.perf_counter() - started
    return jobs / spent


async def _is_quiet(container):
    return (await container.health.snapshot()).waiting == 0
