"""take_events: take the events that are due, for each endpoint as many as it has room for."""

import asyncio
import json

from tests.support.actions import start_verification
from tests.support.event_receiver import event_apps, take

REQUESTED = event_apps(types=["verification.requested"])
NUMBERS = [f"+316123456{last:02}" for last in range(20)]


async def request_codes(container, count):
    return [(await start_verification(container, number)).id for number in NUMBERS[:count]]


async def test_racing_workers_take_each_event_once(make_container):
    async with make_container(apps=REQUESTED) as container:
        ids = await request_codes(container, 20)

        taken = await asyncio.gather(*(take(container, room=3) for _ in range(20)))

        assert sorted(event.subject for events in taken for event in events) == sorted(ids)


async def test_an_event_is_due_again_when_its_lease_ends(make_container, clock):
    """Its worker may have died between sending it and storing the outcome."""
    async with make_container(apps=REQUESTED) as container:
        await request_codes(container, 1)
        (event,) = await take(container)

        clock.tick(ms=container.deliver_event.deliveries.lease_ms - 1)
        assert await take(container) == []
        clock.tick(ms=1)
        (again,) = await take(container)

        assert (again.fields, again.tries) == (event.fields, 0)


async def test_each_endpoint_has_its_own_room(make_container):
    """One that is slow leaves the others their events."""
    urls = ["http://127.0.0.1:1/a", "http://127.0.0.1:1/b"]
    events = [{"url": url, "types": ["verification.requested"]} for url in urls]
    async with make_container(apps=json.dumps({"dev": {"events": events}})) as container:
        await request_codes(container, 5)
        slow, other = container.deliver_event.endpoints.values()
        deliveries = container.deliver_event.deliveries

        taken = await deliveries.take({slow: 2, other: 10})

        assert [event.endpoint for event in taken] == [slow.id] * 2 + [other.id] * 5
        assert await deliveries.take({slow: 0}) == []


async def test_an_endpoint_that_rests_gets_nothing(make_container, clock):
    async with make_container(apps=REQUESTED) as container:
        await request_codes(container, 2)
        (event,) = await take(container, room=1)
        await container.deliver_event.deliveries.settle(event, "failed", why="http_429", wait_ms=1, rest_ms=30_000)

        clock.tick(ms=29_999)
        assert await take(container) == []
        clock.tick(ms=1)
        assert len(await take(container)) == 2


async def test_an_event_whose_entry_is_gone_is_not_taken_and_forgotten(make_container, redis, key):
    async with make_container(apps=REQUESTED) as container:
        await request_codes(container, 1)
        await redis.delete(key("events", "dev"))
        (endpoint,) = container.deliver_event.endpoints.values()

        assert await take(container) == []
        assert await redis.zcard(key("events_due", "dev", endpoint.id)) == 0
