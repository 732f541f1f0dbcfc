"""settle_event: store the outcome of one try to deliver an event."""

import asyncio

import pytest

from app.domain.event_schedule import DAY
from tests.support.actions import start_verification
from tests.support.builders import OTHER_PHONE
from tests.support.event_receiver import event_apps, state_of, take

REQUESTED = event_apps(types=["verification.requested"])
WHOLE = event_apps(types=["verification.requested"], whole_number=True)


@pytest.fixture
async def container(make_container):
    async with make_container(apps=REQUESTED) as container:
        yield container


@pytest.fixture
def settle(container):
    return container.deliver_event.deliveries.settle


async def take_one(container, *numbers):
    """Request a code for each number, or for the usual one, and take the first event that is due."""
    for number in numbers or ["+31612345678"]:
        await start_verification(container, number)
    return (await take(container, room=1))[0]


async def test_a_delivered_event_is_deleted(container, settle, redis, key):
    event = await take_one(container)

    assert await settle(event, "delivered") == ("delivered", "")

    assert not await redis.exists(key("events", "dev")) or await redis.xlen(key("events", "dev")) == 0
    assert (await state_of(container)).waiting == 0


async def test_a_failed_event_waits_and_counts_its_tries(container, settle, clock):
    event = await take_one(container)
    assert await settle(event, "failed", why="http_500", wait_ms=5000) == ("waits", "")

    clock.tick(ms=4999)
    assert await take(container) == []
    clock.tick(ms=1)
    (again,) = await take(container)

    assert (again.tries, again.fields) == (1, event.fields)
    state = await state_of(container)
    assert (state.off, state.why, state.waiting) == ("", "http_500", 1)


async def test_an_event_without_a_next_try_is_buried(container, settle):
    event = await take_one(container)

    assert await settle(event, "failed", why="http_500") == ("buried", "")

    (dead,) = await container.event_dead_letters.oldest()
    assert (dead.app, dead.endpoint, dead.type) == ("dev", event.endpoint, "verification.requested")
    assert (dead.why, dead.tries, dead.subject) == ("http_500", 1, event.subject)
    assert (await state_of(container)).waiting == 0


async def test_an_endpoint_that_is_gone_is_switched_off(container, settle, clock):
    event = await take_one(container, "+31612345678", OTHER_PHONE)

    assert await settle(event, "failed", why="http_410", is_gone=True) == ("buried", "gone")

    (other,) = await take(container)
    assert (other.off, (await state_of(container)).off_at) == ("gone", clock.now)
    assert await settle(other, "failed", why="endpoint_gone") == ("buried", ""), "it is switched off once"
    assert (await state_of(container)).why == "http_410"


async def test_an_endpoint_is_switched_off_after_five_days_of_failures(container, settle, clock):
    event = await take_one(container)
    await settle(event, "failed", why="http_500", wait_ms=0)
    for off in ("", "failing"):
        clock.tick(ms=5 * DAY * 1000 - 1 if off == "" else 1)
        await start_verification(container, OTHER_PHONE)
        *_, event = await take(container)
        assert await settle(event, "failed", why="http_500", wait_ms=0) == ("buried" if off else "waits", off)


async def test_a_success_ends_the_failures_of_an_endpoint(container, settle, clock):
    event = await take_one(container, "+31612345678", OTHER_PHONE)
    await settle(event, "failed", why="http_500", wait_ms=0)
    (other, _) = await take(container)
    await settle(other, "delivered")

    assert (await state_of(container)).failing_since == 0


async def test_a_released_event_is_due_at_once(container, settle):
    event = await take_one(container)

    assert await settle(event, "released") == ("released", "")

    (again,) = await take(container)
    assert (again.member, (await state_of(container)).failing_since) == (event.member, 0)


async def test_racing_outcomes_settle_an_event_once(container, settle):
    event = await take_one(container)
    outcomes = [
        settle(event, "delivered"),
        settle(event, "failed", why="x"),
        settle(event, "failed", why="x", wait_ms=1),
    ]

    became = [what for what, _ in await asyncio.gather(*outcomes)]

    assert became.count("gone") == 2
    assert (await state_of(container)).waiting == became.count("waits")


async def test_a_worker_whose_lease_ended_does_not_delete_the_event_of_another_one(container, settle, clock):
    """The second worker failed, so that the event waits; the first, which was only slow, reports a failure too."""
    event = await take_one(container)
    clock.tick(ms=container.deliver_event.deliveries.lease_ms)
    (again,) = await take(container)
    await settle(again, "failed", why="http_500", wait_ms=5000)

    assert await settle(event, "failed", why="no_answer") == ("gone", "")
    assert (await state_of(container)).waiting == 1


async def test_a_whole_number_is_deleted_when_it_was_sent(make_container, redis, key):
    async with make_container(apps=WHOLE) as container:
        event = await take_one(container)
        assert event.whole_number == "+31612345678"
        assert [one async for one in redis.scan_iter(f"{key('event_numbers')}*")]

        await container.deliver_event.deliveries.settle(event, "delivered")

        assert [one async for one in redis.scan_iter(f"{key('event_numbers')}*")] == []
