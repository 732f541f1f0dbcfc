"""Killing workers under load loses no request and causes at most one duplicate SMS per kill."""

import asyncio
import random
import secrets
import time
from collections import defaultdict

import pytest

from app.container import open_container
from tests.support.actions import start_verification
from tests.support.builders import make_settings
from tests.support.fake_vendor import Answer, Vendor
from tests.support.waiting import until
from tests.support.worker_pool import gateway_settings, run_workers

REQUEST_INTERVAL = 0.03  # seconds between requests


@pytest.mark.parametrize("kills", [3, pytest.param(100, marks=pytest.mark.long)])
async def test_no_request_is_lost_when_workers_are_killed(engine_url, tag, kills):
    """A job survives the death of its worker, and each kill may cause at most one duplicate SMS per verification."""
    sms = defaultdict(list)

    def accept(request):
        """Accept every SMS with the delay of a real vendor, so that some kills hit a call in progress."""
        sms[f"+{request.json()['to']}"].append(time.monotonic())
        return Answer(json={"messageid": secrets.token_hex(15)}, delay=0.05)

    async with Vendor(default_answer=accept) as vendor:
        changes = gateway_settings(vendor) | {"limit_sends_per_number": "off"}
        settings = make_settings(engine_url, tag, **changes)
        async with open_container(settings) as container, run_workers(engine_url, tag, changes) as pool:
            requests = asyncio.create_task(request_codes_until(pool.done, container))
            for _ in range(kills):
                await asyncio.sleep(random.uniform(0.05, 1.2))  # noqa: S311  a delay, not a secret
                await pool.kill_one()
            pool.done.set()
            numbers = await requests
            await until(lambda: set(numbers) <= set(sms), within=30)

    for times in sms.values():
        assert len(times) - 1 <= sum(times[0] <= kill <= times[-1] for kill in pool.kills)


async def request_codes_until(done, container):
    """Request codes for new numbers until `done` is set; return the accepted numbers."""
    numbers = []
    while not done.is_set():
        number = f"+3162{len(numbers):07d}"
        await start_verification(container, number)
        numbers.append(number)
        await asyncio.sleep(REQUEST_INTERVAL)
    return numbers
