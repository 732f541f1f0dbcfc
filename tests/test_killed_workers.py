"""Workers are killed at random moments under load: no request is lost, and hardly one is sent twice."""

import asyncio
import random
import secrets
import signal
import sys
import time
from collections import defaultdict
from contextlib import asynccontextmanager

import pytest

from app.container import open_container
from tests.support.actions import ask
from tests.support.builders import make_settings
from tests.support.fake_vendor import Answer, Vendor
from tests.support.processes import surroundings
from tests.support.waiting import until

WORKERS = 2
EVERY = 0.03  # seconds between requests


@pytest.mark.parametrize("kills", [3, pytest.param(100, marks=pytest.mark.long)])
async def test_no_request_is_lost_when_workers_are_killed(engine_url, tag, kills):
    """A job outlives whoever held it, and one duplicate is the most that a kill may cost a verification."""
    sms = defaultdict(list)

    def accept(request):
        """Take every SMS, as slowly as a vendor does, so that some kills hit a call under way."""
        sms[f"+{request.json()['to']}"].append(time.monotonic())
        return Answer(json={"messageid": secrets.token_hex(15)}, delay=0.05)

    async with Vendor(usually=accept) as vendor:
        changes = gateway(vendor) | {"limit_sends_per_number": "off"}
        settings = make_settings(engine_url, tag, **changes)
        async with open_container(settings) as container, workers(engine_url, tag, changes) as crew:
            asked = asyncio.create_task(ask_until(crew.done, container))
            for _ in range(kills):
                await asyncio.sleep(random.uniform(0.05, 1.2))  # noqa: S311  a moment, no secret
                await crew.kill_one()
            crew.done.set()
            numbers = await asked
            await until(lambda: set(numbers) <= set(sms), within=30)

    for times in sms.values():
        assert len(times) - 1 <= sum(times[0] <= kill <= times[-1] for kill in crew.kills)


def gateway(vendor):
    return {
        "gateways__smstools__url": vendor.url,
        "gateways__smstools__client_id": "id",
        "gateways__smstools__client_secret": "secret",
        "gateways__smstools__sender": "Test",
        "gateways__smstools__report_token": "t" * 22,
    }


async def ask_until(done, container):
    """Ask for codes for ever new numbers, and list those that were accepted."""
    numbers = []
    while not done.is_set():
        number = f"+3162{len(numbers):07d}"
        await ask(container, number)
        numbers.append(number)
        await asyncio.sleep(EVERY)
    return numbers


class Crew:
    """Worker processes of our own; whoever is killed is replaced at once."""

    def __init__(self, environment):
        self.done = asyncio.Event()
        self.kills = []
        self._environment = environment
        self._processes = []

    async def hire(self):
        words = [sys.executable, "-c", "from app.cli import main; main()", "worker"]
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*words, env=self._environment, stdout=quiet, stderr=quiet)
        self._processes.append(process)

    async def kill_one(self):
        process = self._processes.pop(0)
        process.send_signal(signal.SIGKILL)
        self.kills.append(time.monotonic())
        await process.wait()
        await self.hire()

    async def dismiss(self):
        for process in self._processes:
            process.terminate()
        return [await asyncio.wait_for(process.wait(), 10) for process in self._processes]


@asynccontextmanager
async def workers(engine_url, tag, changes):
    """Run workers until the block ends; the newest may still be starting, and then has nothing to hand back."""
    given = {"env": "development", "redis_url": engine_url, "redis_tag": tag, "log_level": "error"} | changes
    crew = Crew(surroundings(**{f"OTP_{name.upper()}": value for name, value in given.items()}))
    for _ in range(WORKERS):
        await crew.hire()
    try:
        yield crew
    finally:
        codes = await crew.dismiss()
    assert set(codes) <= {0, -signal.SIGTERM}
