"""Delivery reports per second that one process receives and that one worker applies; a tenth are forged."""

import time

from app.container import open_container
from tests.bench.results import Measurement
from tests.support.builders import make_settings
from tests.support.fake_gateways import FakeGateway, with_gateways
from tests.support.report_scenarios import SETTINGS, begin, deliver_report, settle, shuffled_reports
from tests.support.running_worker import running_worker
from tests.support.waiting import until

ROUNDS, MESSAGES = 5, 700
SLOTS = 100


async def measure(engine_url):
    """Receive the reports of new messages, then apply them with a worker, in turn; return both rates."""
    received, applied = [], []
    async with open_container(make_settings(engine_url, "{reports}", **SETTINGS)) as container:
        await container.queue.open()
        for turn in range(ROUNDS + 1):
            scenarios = [await begin(container, index) for index in range(turn * MESSAGES, (turn + 1) * MESSAGES)]
            for scenario in scenarios:
                await settle(container, scenario)
            received.append(await _receive(container, shuffled_reports(scenarios)))
            applied.append(await _apply(container))
    names = ("reports received by one process, without HTTP", "reports applied by one worker")
    return [Measurement(name, "/s", rates[1:]) for name, rates in zip(names, (received, applied), strict=True)]


async def _receive(container, reports):
    """Verify, read and queue the reports one by one; return the reports per second."""
    started = time.perf_counter()
    for report in reports:
        assert await deliver_report(container, report)
    return len(reports) / (time.perf_counter() - started)


async def _apply(container):
    """Drain the queue with one worker; return the jobs per second."""
    jobs = (await container.health.snapshot()).waiting
    started = time.perf_counter()
    async with running_worker(with_gateways(container, FakeGateway()), slots=SLOTS):
        await until(lambda: _is_idle(container), within=60)
        elapsed = time.perf_counter() - started
    return jobs / elapsed


async def _is_idle(container):
    return (await container.health.snapshot()).waiting == 0
