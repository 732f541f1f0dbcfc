"""Failover under load: vendors fail in every way, and each number gets its code, over HTTP with a real worker."""

import json
from contextlib import AsyncExitStack

import pytest

from app.container import open_container
from app.domain.delivery_attempt import Outcome
from app.domain.jobs import SendJob
from tests.support.actions import check, start_verification
from tests.support.builders import BLOCK_MS, REDIS_PATIENCE, make_settings
from tests.support.failing_vendors import ACCOUNT, FailingVendor, Failure
from tests.support.queues import wait_until_idle
from tests.support.running_worker import running_worker
from tests.support.waiting import until

PATIENCE = {"gateway_connect_timeout": 0.2, "gateway_timeout": 0.5}
SCENES = {
    "all are well": [None],
    **{f"the first {failure.value}": [failure, None] for failure in Failure},
    "the first dies and the second hangs": [Failure.DIES, Failure.HANGS, None],
    "the first hangs and the second errs": [Failure.HANGS, Failure.ERRS, None],
    "the first refuses and the second dies": [Failure.REFUSES, Failure.DIES, None],
}


@pytest.mark.parametrize("failures", SCENES.values(), ids=SCENES)
@pytest.mark.parametrize(("sends", "healthy_calls"), [(60, 10), pytest.param(1000, 99, marks=pytest.mark.long)])
async def test_every_number_gets_its_code_while_vendors_fail(
    engine_url, tag, logged_lines, failures, sends, healthy_calls
):
    """Callers notice nothing, and an unsure call costs at most one additional SMS.

    Each vendor carries its first calls, and then fails to the end; the second begins to fail under the first's load.
    """
    async with AsyncExitStack() as stack:
        vendors = [
            await stack.enter_async_context(FailingVendor(failure, healthy_calls=healthy_calls)) for failure in failures
        ]
        settings = make_settings(engine_url, tag, **PATIENCE, **gateways(vendors))
        container = await stack.enter_async_context(open_container(settings, block_ms=BLOCK_MS))
        await container.queue.open()
        async with running_worker(container):
            attempted = {number: (await start_verification(container, number)).id for number in numbers(sends)}
            await wait_until_idle(container)

        assert await container.dead_letters.list() == []
        assert b'"bug"' not in logged_lines.getvalue()
        for number, id in attempted.items():
            reported = [code for vendor in vendors for code in vendor.accepted[number]]
            perhaps = [code for vendor in vendors for code in vendor.uncertain[number]]
            assert reported
            assert len(reported) + len(perhaps) - 1 <= await unsure_calls(container, id)
            (code,) = {*reported, *perhaps}
            assert await check(container, code, id=id)


async def test_every_number_gets_its_code_after_an_outage_of_all_vendors(engine_url, tag, clock):
    """Within the lifetime of the code; nothing was sent meanwhile, so there are no duplicates."""
    async with (
        FailingVendor(Failure.RESTS, healthy_calls=10) as one,
        FailingVendor(Failure.RESTS, healthy_calls=10) as two,
    ):
        settings = make_settings(engine_url, tag, **gateways([one, two]))
        async with (
            open_container(settings, now=clock, block_ms=BLOCK_MS, redis_patience=REDIS_PATIENCE) as container,
            running_worker(container),
        ):
            attempted = {number: (await start_verification(container, number)).id for number in numbers(60)}
            await until(lambda: min(len(one.requests), len(two.requests)) >= 15)
            one.failure = two.failure = None
            await until(lambda: quiet_a_second_later(container, clock))

            for number, id in attempted.items():
                (code,) = one.accepted[number] + two.accepted[number]
                assert await check(container, code, id=id)


async def quiet_a_second_later(container, clock):
    clock.tick(seconds=1)
    return (await container.health.snapshot()).waiting == 0


def numbers(count):
    return [f"+3162{number:07d}" for number in range(count)]


def gateways(vendors):
    """Return settings with one gateway for each vendor, in order."""
    names = [f"vendor_{place}" for place, _ in enumerate(vendors)]
    accounts = {name: {**ACCOUNT, "url": vendor.url} for name, vendor in zip(names, vendors, strict=True)}
    settings = {f"gateways__{name}__{key}": value for name, own in accounts.items() for key, value in own.items()}
    return {**settings, "routes": json.dumps({"*": names})}


async def unsure_calls(container, id):
    """Count the delivery attempts of a send that may have sent an SMS."""
    view = await container.messages.read_send(SendJob(id, 1))
    return [delivery_attempt.outcome for delivery_attempt in view.delivery_attempts].count(Outcome.UNSURE)
