"""A bulk of messages while API and workers are killed: each recipient is accounted for, and sent once for each kill."""

import asyncio
import json
import random
import re
import secrets
import time
from collections import Counter, defaultdict
from contextlib import AsyncExitStack

import httpx
import pytest

from app.container import open_container
from app.domain.status import Status
from tests.support.builders import REDIS_PATIENCE, make_settings
from tests.support.fake_vendor import Answer, Vendor
from tests.support.killable_api import run_api
from tests.support.waiting import until
from tests.support.worker_pool import gateway_settings, run_workers

RECIPIENTS = 250  # of one call
BLOCKED = 97  # one recipient in so many is of a country that is not open: the API refuses it
UNREACHABLE_NUMBERS = 89  # one in so many: the vendor refuses it
READ_LATE_S = 1.0  # the vendor runs in the test's process, and may read what a worker sent after the worker is dead
PER_KILL = 50  # messages that a worker has in progress at most
_STATUS_READS = 100  # at the same time


@pytest.mark.long
@pytest.mark.parametrize(("messages", "kills"), [(2_000, 5), (100_000, 60)])
async def test_each_recipient_is_accounted_for_when_api_and_workers_are_killed(
    engine_url, tag, tmp_path, messages, kills
):
    """Only a call that was in progress when its worker was killed, or lost Redis, may be made twice."""
    arrived = defaultdict(list)

    def answer(request):
        number = str(request.json()["to"])
        arrived[number].append(time.monotonic())
        refusal = {"error": 103} if int(number[-7:]) % UNREACHABLE_NUMBERS == 0 else None
        return Answer(json=refusal or {"messageid": secrets.token_hex(15)}, delay=0.05)

    workers_log = tmp_path / "workers.log"
    async with Vendor(default_answer=answer) as vendor, AsyncExitStack() as stack:
        log = stack.enter_context(workers_log.open("ab"))
        apps = json.dumps({"dev": {"free_text": True, "countries": "NL"}})
        changes = gateway_settings(vendor) | {"apps": apps, "limit_calls_per_address": "off", "log_level": "info"}
        settings = make_settings(engine_url, tag, **changes)
        async with (
            open_container(settings, redis_patience=REDIS_PATIENCE) as container,
            run_workers(engine_url, tag, changes, log=log) as pool,
            run_api(engine_url, tag, changes) as api,
        ):
            sending = asyncio.create_task(send_all(api.url, messages))
            killing = asyncio.create_task(kill_at_random(pool, api, kills))
            accepted, refused = await sending
            await killing
            ends = await until(lambda: statuses(container, accepted), within=600 + messages / 20)

    assert len(accepted) + len(refused) == messages
    assert Counter(refused.values()) == {
        "destination_not_allowed": len([n for n in range(messages) if n % BLOCKED == 0])
    }
    by_number = {number: ends[id] for number, id in accepted.items()}
    dead = {number for number in by_number if int(number[-7:]) % UNREACHABLE_NUMBERS == 0}
    assert {number for number, status in by_number.items() if status is Status.FAILED} == dead
    assert {number for number, status in by_number.items() if status is Status.SENT} == by_number.keys() - dead
    assert arrived.keys() == {number[1:] for number in accepted}
    repeated = {number: times for number, times in arrived.items() if len(times) > 1}
    without_redis = Counter(
        re.findall(r'"message":"(ms_[^"]+)".*"outcome":"redis_unavailable"', workers_log.read_text())
    )
    for number, times in repeated.items():
        kills_meanwhile = sum(times[0] - READ_LATE_S <= kill <= times[-1] for kill in pool.kills)
        assert len(times) - 1 <= kills_meanwhile + without_redis[accepted[f"+{number}"]], (times, pool.kills)
    assert len(repeated) <= PER_KILL * len(pool.kills) + without_redis.total()
    print(  # noqa: T201  figures of a long run
        f"{messages} recipients: {len(refused)} refused, {len(dead)} failed, {len(by_number) - len(dead)} sent, "
        f"{len(repeated)} twice; {len(pool.kills)} workers and {len(api.kills)} APIs killed, "
        f"{without_redis.total()} calls whose outcome Redis did not take in time"
    )


async def kill_at_random(pool, api, kills):
    for number in range(kills):
        await asyncio.sleep(random.uniform(0.2, 3.0))  # noqa: S311  a delay, not a secret
        await (api.kill() if number % 3 == 2 else pool.kill_one())


def recipient(number):
    """Return a Dutch number, or one of a country that is not open."""
    return f"+44740{number:07d}" if number % BLOCKED == 0 else f"+316{number + 10_000_000:08d}"


async def send_all(url, messages):
    """Send to all recipients, and repeat each call that got no answer; return ids and refusals by number."""
    accepted, refused = {}, {}
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        for first in range(0, messages, RECIPIENTS):
            numbers = [recipient(number) for number in range(first, min(first + RECIPIENTS, messages))]
            answers = await until(lambda: post(client, numbers, key=f"bulk-{first}"), within=120)  # noqa: B023  awaited
            for number, one in zip(numbers, answers, strict=True):
                if "message_id" in one:
                    accepted[number] = one["message_id"]
                else:
                    refused[number] = one["code"]
    return accepted, refused


async def post(client, numbers, *, key):
    """Make one call; return the answers of its recipients, or None where it got none and is to be repeated."""
    headers = {"authorization": "Bearer sk_dev", "idempotency-key": key}
    try:
        response = await client.post("/v1/messages", json={"to": numbers, "text": "It left."}, headers=headers)
    except httpx.TransportError:
        return None
    assert response.status_code in {202, 503}, response.text
    return response.json()["messages"] if response.is_success else None


async def statuses(container, accepted):
    """Return the status of each message by its id; None while one waits."""
    snapshot = await container.health.snapshot()
    if any(snapshot.jobs[queue] for queue in ("messages", "later_messages", "scheduled")):
        return None
    ids, app, found = list(accepted.values()), container.apps["dev"], {}
    for first in range(0, len(ids), _STATUS_READS):
        some = ids[first : first + _STATUS_READS]
        read = await asyncio.gather(*(container.get_message(id, app) for id in some))
        found |= {id: message.status for id, message in zip(some, read, strict=True)}
    return found
