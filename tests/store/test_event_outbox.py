"""event_outbox: a script writes the events of its change, where an endpoint wants them; their number is bounded."""

import asyncio
import json
import re

import pytest

from app.domain.events import EVENT_TYPES
from app.store.scripts import read_script
from tests.support.actions import check, start_verification, start_with_code, wrong_code
from tests.support.builders import OTHER_PHONE
from tests.support.event_receiver import event_apps, take, types_due
from tests.support.scenario import run_full_scenario
from tests.support.stores import on_the_engine

MOST = 100_000


async def event_keys(redis, key):
    return [one.decode() async for one in redis.scan_iter(f"{key()}:event*")]


async def fill(redis, stream, count, endpoint):
    """Write that many events, in pieces that take a fraction of a second."""
    script = "for _ = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'endpoint', ARGV[2]) end"
    for start in range(0, count, 5000):
        await redis.eval(script, 1, stream, min(5000, count - start), endpoint)


def test_the_scripts_know_the_letters_of_the_table():
    written = re.findall(r"\['(\w+\.\w+)'\] = '(\w)'", read_script("event_outbox"))

    assert written == [(type.name, type.letter) for type in EVENT_TYPES]
    assert len({type.letter for type in EVENT_TYPES}) == len(EVENT_TYPES)


@pytest.mark.parametrize(
    ("wants", "type", "is_wanted"),
    [
        ("1f2e3d4c=rax", "verification.requested", True),
        ("1f2e3d4c=rax", "verification.expired", True),
        ("1f2e3d4c=rax", "verification.canceled", False),  # its letter ends the id
        ("shop/1f2e3d4c=w bank/9a+u", "watch.raised", True),
        ("shop/1f2e3d4c=w bank/9a+u", "limit.warning", True),
        ("shop/1f2e3d4c=w bank/9a+u", "verification.approved", False),
    ],
)
async def test_a_type_is_wanted_where_its_letter_follows_an_id(redis, wants, type, is_wanted):
    script = f"{read_script('event_outbox')}\nreturn is_wanted(ARGV[1], ARGV[2]) and 1 or 0"

    assert await redis.eval(script, 0, wants, type) == is_wanted


async def test_without_an_endpoint_nothing_is_written(container, clock, redis, key):
    await run_full_scenario(container, clock)

    assert await event_keys(redis, key) == []
    records = [await redis.hgetall(one) async for one in redis.scan_iter(f"{key('verification', '')}*")]
    assert records
    assert not [record for record in records if b"events" in record or b"masked" in record]


async def test_only_the_types_that_an_endpoint_wants_are_written(make_container):
    async with make_container(apps=event_apps(types=["verification.approved"])) as container:
        id, code = await start_with_code(container)
        await check(container, code, id=id)
        await start_verification(container, OTHER_PHONE)

        assert await types_due(container) == ["verification.approved"]


async def test_each_endpoint_gets_its_own_event_by_its_own_wishes(make_container):
    events = [
        {"url": "http://127.0.0.1:1/a", "types": ["verification.requested"], "whole_number": True},
        {"url": "http://127.0.0.1:1/b", "types": ["verification.requested", "verification.approved"]},
    ]
    async with make_container(apps=json.dumps({"dev": {"events": events}})) as container:
        id, code = await start_with_code(container)
        await check(container, code, id=id)

        found = [(event.endpoint, event.fields["type"], event.whole_number) for event in await take(container)]

        first, second = (endpoint.id for endpoint in container.deliver_event.endpoints.values())
        assert sorted(found) == sorted(
            [
                (first, "verification.requested", "+31612345678"),
                (second, "verification.requested", ""),
                (second, "verification.approved", ""),
            ]
        )


async def test_racing_right_answers_write_one_event(make_container):
    async with make_container(apps=event_apps(types=["verification.approved"])) as container:
        id, code = await start_with_code(container)

        await asyncio.gather(*(check(container, code, id=id) for _ in range(50)), return_exceptions=True)

        assert await types_due(container) == ["verification.approved"]


async def test_racing_wrong_answers_write_one_event(make_container):
    async with make_container(apps=event_apps(types=["verification.locked"])) as container:
        id, code = await start_with_code(container)
        guesses = (check(container, wrong_code(code), id=id) for _ in range(50))

        await asyncio.gather(*guesses, return_exceptions=True)

        (event,) = await take(container)
        data = event.data(event.type)
        assert (event.fields["type"], data["status"], data["attempts_left"]) == ("verification.locked", "locked", 0)


@on_the_engine
async def test_100000_events_wait_and_the_oldest_goes_first(make_container, redis, key):
    """One that is dropped leaves nothing, however often it was tried, and the endpoint's newer events are all there."""
    async with make_container(apps=event_apps(types=["verification.requested"], whole_number=True)) as container:
        oldest = await start_verification(container, OTHER_PHONE)
        (event,) = await take(container)
        await container.deliver_event.deliveries.settle(event, "failed", why="http_500", wait_ms=3600_000)
        (endpoint,) = container.deliver_event.endpoints.values()
        await fill(redis, key("events", "dev"), MOST - 2, endpoint.id)

        await start_verification(container)
        assert await container.event_dead_letters.dropped() == {}, "100,000 wait"
        await start_verification(container)

        assert await container.event_dead_letters.dropped() == {"dev": 1}
        assert await redis.xlen(key("events", "dev")) == MOST
        members = await redis.zrange(key("events_due", "dev", endpoint.id), 0, -1)
        assert len(members) == 2
        assert event.member.partition("/")[0].encode() not in [member.partition(b"/")[0] for member in members]
        numbers = [one async for one in redis.scan_iter(f"{key('event_numbers')}*")]
        assert len(numbers) == 1, "the number of the dropped event is gone"
        assert oldest.id not in str([event.fields for event in await take(container)])


@on_the_engine
async def test_waiting_events_never_make_a_request_wait(make_container, redis, key):
    """More than 10,000 jobs refuse requests for codes; events do not count."""
    async with make_container(apps=event_apps()) as container:
        await fill(redis, key("events", "dev"), 10_001, "1f2e3d4c")

        assert await start_verification(container)
        assert (await container.health.snapshot()).waiting == 1
