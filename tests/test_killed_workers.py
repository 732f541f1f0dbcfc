"""Workers are killed at random moments under load: no request is lost, and hardly one is sent twice."""

import asyncio
import random
import secrets
import signal
import sys
from collections import Counter
from contextlib import asynccontextmanager

import pytest

from app.services.request_code import request_code
from app.wiring import open_tools
from tests.support.makers import make_ask, make_settings
from tests.support.vendor import Answer, Vendor

WORKERS = 2
EVERY = 0.03  # seconds between requests


@pytest.mark.parametrize("kills", [3, pytest.param(100, marks=pytest.mark.long)])
async def test_no_request_is_lost_when_workers_are_killed(engine_url, tag, kills):
    """A job outlives whoever held it, and a duplicate is the most that a kill may cost."""
    async with Vendor(usually=accept) as vendor:
        changes = gateway(vendor) | {"limit_sends_per_number": "off"}
        settings = make_settings(engine_url, tag, **changes)
        async with open_tools(settings) as tools, workers(engine_url, tag, changes) as crew:
            asked = asyncio.create_task(ask_until(crew.done, tools))
            for _ in range(kills):
                await asyncio.sleep(random.uniform(0.05, 1.2))  # noqa: S311  a moment, no secret
                await crew.kill_one()
            crew.done.set()
            numbers = await asked
            sent = await asyncio.wait_for(all_sent(vendor, numbers), 30)

    assert set(sent) == set(numbers)
    assert sum(sent.values()) - len(numbers) <= kills


def accept(request):
    """Take every SMS, as slowly as a vendor does, so that some kills hit a call under way."""
    return Answer(json={"messageid": secrets.token_hex(15)}, delay=0.05)


def gateway(vendor):
    return {
        "gateways__smstools__url": vendor.url,
        "gateways__smstools__client_id": "id",
        "gateways__smstools__client_secret": "secret",
        "gateways__smstools__sender": "Test",
        "gateways__smstools__report_token": "t" * 22,
    }


async def ask_until(done, tools):
    """Ask for codes for ever new numbers, and list those that were accepted."""
    numbers = []
    while not done.is_set():
        number = f"+3162{len(numbers):07d}"
        await request_code(
            make_ask(number),
            policy=tools.policy,
            keyring=tools.keyring,
            verifications=tools.verifications,
            chance=tools.chance,
        )
        numbers.append(number)
        await asyncio.sleep(EVERY)
    return numbers


async def all_sent(vendor, numbers):
    """Wait until the vendor has seen every number, and count its SMS by number."""
    while True:
        sent = Counter(f"+{request.json()['to']}" for request in vendor.requests)
        if set(numbers) <= set(sent):
            return sent
        await asyncio.sleep(0.1)


class Crew:
    """Worker processes of our own; whoever is killed is replaced at once."""

    def __init__(self, environment):
        self.done = asyncio.Event()
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
    crew = Crew({f"OTP_{name.upper()}": value for name, value in given.items()})
    for _ in range(WORKERS):
        await crew.hire()
    try:
        yield crew
    finally:
        codes = await crew.dismiss()
    assert set(codes) <= {0, -signal.SIGTERM}
