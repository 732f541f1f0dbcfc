"""Killing workers loses no event; an event may arrive twice, by the same id."""

import asyncio
import contextlib
import json
import random
import secrets
from collections import defaultdict

import pytest

from app.container import open_container
from app.domain.errors import TemporarilyUnavailable
from tests.support.actions import start_verification
from tests.support.builders import make_settings
from tests.support.event_receiver import Receiver, event_apps
from tests.support.fake_vendor import Answer, Vendor
from tests.support.waiting import until
from tests.support.worker_pool import gateway_settings, run_workers

REQUEST_INTERVAL = 0.03  # seconds


@pytest.mark.parametrize("kills", [1, pytest.param(100, marks=pytest.mark.long)])
async def test_no_event_is_lost_when_workers_are_killed(engine_url, tag, kills):
    """Some kills hit a call whose event was received, and whose outcome was not stored yet."""
    ids = defaultdict(set)

    def receive(request):
        event = json.loads(request.body)
        ids[event["data"]["verification_id"]].add(request.headers["webhook-id"])
        return Answer(204, delay=0.05)

    async with Receiver(default_answer=receive) as receiver, Vendor(default_answer=accept) as vendor:
        changes = gateway_settings(vendor) | {
            "apps": event_apps(receiver.url, types=["verification.requested"]),
            "limit_sends_per_number": "off",
            "event_timeout": "1",
        }
        async with (
            open_container(make_settings(engine_url, tag, **changes)) as container,
            run_workers(engine_url, tag, changes) as pool,
        ):
            requests = asyncio.create_task(request_codes_until(pool.done, container))
            await until(lambda: ids, within=30)
            for _ in range(kills):
                await asyncio.sleep(random.uniform(0.05, 1.2))  # noqa: S311  a delay, not a secret
                await pool.kill_one()
            pool.done.set()
            requested = await requests
            await until(lambda: set(requested) <= set(ids), within=120)

    assert {len(of_one) for of_one in ids.values()} == {1}, "an event that is sent again has the same id"


def accept(request):
    """Accept every SMS: one that waits for ever would fill the queue."""
    return Answer(json={"messageid": secrets.token_hex(15)})


async def request_codes_until(done, container):
    """Request codes for new numbers until `done` is set; return the ids of those that were accepted.

    Where workers are killed as fast as they start, SMS wait for too long, and requests are refused.
    """
    ids = []
    while not done.is_set():
        with contextlib.suppress(TemporarilyUnavailable):
            ids.append((await start_verification(container, f"+3162{len(ids):07d}")).id)
        await asyncio.sleep(REQUEST_INTERVAL)
    return ids
