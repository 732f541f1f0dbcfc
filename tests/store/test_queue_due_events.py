"""queue_due_events: write the events of verifications that have expired, and of a failure watch that has ended."""

import asyncio

import pytest

from tests.support.actions import cancel, check, raise_failure_watch, start_verification, start_with_code
from tests.support.builders import OTHER_PHONE
from tests.support.event_receiver import event_apps, take, types_due

TYPES = ["verification.expired", "watch.raised", "watch.ended"]
LIFETIME = 300


@pytest.fixture
async def container(make_container):
    async with make_container(apps=event_apps(types=TYPES)) as container:
        yield container


@pytest.fixture
def queue_due(container):
    return container.deliver_event.deliveries.queue_due


async def test_a_verification_that_expires_is_an_event(container, queue_due, clock):
    verification = await start_verification(container)
    clock.tick(seconds=LIFETIME, ms=-1)
    await queue_due()
    assert await take(container) == []
    clock.tick(ms=1)

    await queue_due()

    (event,) = await take(container)
    data = event.data(event.type)
    assert (event.fields["type"], data["status"]) == ("verification.expired", "expired")
    assert (data["verification_id"], data["ended_at"]) == (verification.id, data["expires_at"])


async def test_racing_workers_write_each_event_once(container, queue_due, clock):
    ids = [(await start_verification(container, f"+3161234{n:04}")).id for n in range(150)]
    clock.tick(seconds=LIFETIME)

    counts = await asyncio.gather(*(queue_due() for _ in range(10)))

    assert sum(counts) == 150
    assert sorted(event.subject for event in await take(container)) == sorted(ids)


async def test_what_has_ended_otherwise_is_no_event(container, queue_due, clock):
    """Approved, ended by that approval, or canceled by its app."""
    id, code = await start_with_code(container)
    await start_verification(container)
    await check(container, code, id=id)
    await cancel(container, (await start_verification(container, OTHER_PHONE)).id)
    clock.tick(seconds=LIFETIME)

    await queue_due()

    assert await take(container) == []


async def test_a_verification_expires_as_an_event_where_nothing_is_kept(make_container, clock):
    """With OTP_KEEP=0 its record would be gone at that moment."""
    async with make_container(apps=event_apps(types=TYPES), keep=0) as container:
        await start_verification(container)
        clock.tick(seconds=LIFETIME)
        await container.deliver_event.deliveries.queue_due()

        assert await types_due(container) == ["verification.expired"]


async def test_a_forgotten_verification_is_no_event(container, queue_due, clock):
    await start_verification(container)
    await container.numbers.forget("dev", container.store.encryption.name_number("+31612345678"))
    clock.tick(seconds=LIFETIME)

    assert await queue_due() == 1
    assert await take(container) == []


async def test_a_failure_watch_without_checks_ends_after_ten_minutes(container, queue_due, clock):
    await raise_failure_watch(container)
    raised = await take(container)
    for event in raised:
        await container.deliver_event.deliveries.settle(event, "delivered")
    counts = {"failed": 200, "checked": 200}
    assert [event.data(event.type) for event in raised] == [{"app": app} | counts for app in (None, "dev")]
    clock.tick(seconds=599)
    await queue_due()
    assert "watch.ended" not in await types_due(container)
    clock.tick(seconds=1)

    await queue_due()

    assert (await types_due(container)).count("watch.ended") == 2
    assert await queue_due() == 0
