"""apply_report: find the message that a report tells of, and move its status."""

import asyncio
import random

import pytest

from tests.support.messages import open_message, settle, tell

ORDER = ["sent", "buffered", "delivered"]


@pytest.fixture
async def sent(container):
    """A message that the gateway took as `v-1`."""
    await open_message(container)
    await settle(container)


async def test_racing_reports_in_any_order_and_repeated_end_delivered(container, redis, key, sent):
    reports = [tell(container, status) for status in ORDER * 20]
    random.Random(7).shuffle(reports)  # noqa: S311  any order, the same each time

    answers = await asyncio.gather(*(container.messages.apply(report) for report in reports))

    history = (await redis.hget(key("message", "ms_1"), "history")).decode().split("\n")
    assert await redis.hget(key("message", "ms_1"), "status") == b"delivered"
    assert set(answers) == {"moved", "kept"}
    assert answers.count("moved") <= 2
    assert len(history) == len({line.partition(" ")[2] for line in history})


async def test_reports_are_counted_by_what_became_of_them(container, redis, key, sent):
    for report in (
        tell(container, "delivered"),
        tell(container, "delivered"),
        tell(container, "delivered", reference="ms_none"),
        tell(container, "delivered", vendor_id="v-none"),
    ):
        await container.messages.apply(report)

    counts = await redis.hgetall(key("counts", "carrier"))
    assert counts == {b"moved": b"1", b"kept": b"1", b"unknown": b"1", b"parked": b"1"}


async def test_a_vendor_that_never_stops_talking_fills_twenty_lines(container, redis, key, sent):
    for number in range(50):
        await container.messages.apply(tell(container, "unknown", word=f"word {number}"))
    assert await container.messages.apply(tell(container, "delivered")) == "moved"

    history = await redis.hget(key("message", "ms_1"), "history")
    assert len(history.split(b"\n")) == 20
    assert await redis.hget(key("message", "ms_1"), "status") == b"delivered"


async def test_parked_reports_are_dropped_after_a_minute(container, clock, redis, key):
    await container.messages.apply(tell(container, "delivered", vendor_id="v-1"))
    clock.tick(seconds=60)
    await container.messages.apply(tell(container, "delivered", vendor_id="v-2"))

    assert await redis.hlen(key("early", "carrier")) == 1
    assert await redis.zcard(key("early_at", "carrier")) == 1
    assert 0 < await redis.pttl(key("early", "carrier")) <= 60_000


async def test_a_report_is_not_applied_later_than_a_minute_after_it_came(container, clock, redis, key):
    await open_message(container)
    await container.messages.apply(tell(container, "failed"))
    clock.tick(seconds=61)

    await settle(container)

    assert await redis.hget(key("message", "ms_1"), "status") == b"sent"


async def test_ten_thousand_reports_are_parked_and_no_more(container, clock, redis, key):
    """A stranger to Redis' memory: whoever holds a vendor's token cannot fill it."""
    names = [f"name-{number}" for number in range(9_999)]
    await redis.hset(key("early", "carrier"), mapping=dict.fromkeys(names, "x|1|sent|queued||sent\n"))
    await redis.zadd(key("early_at", "carrier"), dict.fromkeys(names, clock()))

    answers = [await container.messages.apply(tell(container, "sent", vendor_id=f"v-{number}")) for number in range(3)]

    assert answers == ["parked", "unknown", "unknown"]
    assert await redis.hlen(key("early", "carrier")) == 10_000


async def test_one_id_parks_a_bounded_number_of_reports(container, redis, key):
    for number in range(200):
        await container.messages.apply(tell(container, "unknown", word=f"word {number}"))

    (parked,) = await redis.hvals(key("early", "carrier"))
    assert len(parked) < 2500


async def test_a_reference_that_is_not_the_vendors_ids_own_names_nothing(container, redis, key, sent):
    """Some vendors sign their id, and not the address that holds ours: who changes that moves nobody else's SMS."""
    await open_message(container, "+31687654321", id="ms_2")

    assert await container.messages.apply(tell(container, "failed", reference="ms_2")) == "unknown"
    assert await container.messages.apply(tell(container, "delivered", reference="ms_1")) == "moved"
    assert await redis.hget(key("message", "ms_2"), "status") == b"queued"


async def test_the_parts_of_a_long_sms_have_ids_that_nobody_knows_and_one_reference(container, sent):
    assert await container.messages.apply(tell(container, "delivered", vendor_id="v-2", reference="ms_1")) == "moved"
