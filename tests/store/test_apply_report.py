"""apply_report: find the message that a report tells of, and move its status."""

import asyncio
import random

import pytest

from tests.support.messages import open_message, settle, tell

ORDER = ["sent", "buffered", "delivered"]


@pytest.fixture
async def sent(tools):
    """A message that the gateway took as `v-1`."""
    await open_message(tools)
    await settle(tools)


async def test_racing_reports_in_any_order_and_repeated_end_delivered(tools, redis, key, sent):
    reports = [tell(tools, status) for status in ORDER * 20]
    random.Random(7).shuffle(reports)  # noqa: S311  any order, the same each time

    answers = await asyncio.gather(*(tools.messages.apply(report) for report in reports))

    history = (await redis.hget(key("message", "ms_1"), "history")).decode().split("\n")
    assert await redis.hget(key("message", "ms_1"), "status") == b"delivered"
    assert set(answers) == {"moved", "kept"}
    assert answers.count("moved") <= 2
    assert len(history) == len({line.partition(" ")[2] for line in history})


async def test_reports_are_counted_by_what_became_of_them(tools, redis, key, sent):
    for report in (
        tell(tools, "delivered"),
        tell(tools, "delivered"),
        tell(tools, "delivered", reference="ms_none"),
        tell(tools, "delivered", vendor_id="v-none"),
    ):
        await tools.messages.apply(report)

    counts = await redis.hgetall(key("counts", "carrier"))
    assert counts == {b"moved": b"1", b"kept": b"1", b"unknown": b"1", b"parked": b"1"}


async def test_a_vendor_that_never_stops_talking_fills_twenty_lines(tools, redis, key, sent):
    for number in range(50):
        await tools.messages.apply(tell(tools, "unknown", word=f"word {number}"))
    assert await tools.messages.apply(tell(tools, "delivered")) == "moved"

    history = await redis.hget(key("message", "ms_1"), "history")
    assert len(history.split(b"\n")) == 20
    assert await redis.hget(key("message", "ms_1"), "status") == b"delivered"


async def test_parked_reports_are_dropped_after_a_minute(tools, clock, redis, key):
    await tools.messages.apply(tell(tools, "delivered", vendor_id="v-1"))
    clock.tick(seconds=60)
    await tools.messages.apply(tell(tools, "delivered", vendor_id="v-2"))

    assert await redis.hlen(key("early", "carrier")) == 1
    assert await redis.zcard(key("early_at", "carrier")) == 1
    assert 0 < await redis.pttl(key("early", "carrier")) <= 60_000


async def test_a_report_is_not_applied_later_than_a_minute_after_it_came(tools, clock, redis, key):
    await open_message(tools)
    await tools.messages.apply(tell(tools, "failed"))
    clock.tick(seconds=61)

    await settle(tools)

    assert await redis.hget(key("message", "ms_1"), "status") == b"sent"


async def test_ten_thousand_reports_are_parked_and_no_more(tools, clock, redis, key):
    """A stranger to Redis' memory: whoever holds a vendor's token cannot fill it."""
    names = [f"name-{number}" for number in range(9_999)]
    await redis.hset(key("early", "carrier"), mapping=dict.fromkeys(names, "x|1|sent|queued||sent\n"))
    await redis.zadd(key("early_at", "carrier"), dict.fromkeys(names, clock()))

    answers = [await tools.messages.apply(tell(tools, "sent", vendor_id=f"v-{number}")) for number in range(3)]

    assert answers == ["parked", "unknown", "unknown"]
    assert await redis.hlen(key("early", "carrier")) == 10_000


async def test_one_id_parks_a_bounded_number_of_reports(tools, redis, key):
    for number in range(200):
        await tools.messages.apply(tell(tools, "unknown", word=f"word {number}"))

    (parked,) = await redis.hvals(key("early", "carrier"))
    assert len(parked) < 2500


async def test_a_reference_that_is_not_the_vendors_ids_own_names_nothing(tools, redis, key, sent):
    """Some vendors sign their id, and not the address that holds ours: who changes that moves nobody else's SMS."""
    await open_message(tools, "+31687654321", id="ms_2")

    assert await tools.messages.apply(tell(tools, "failed", reference="ms_2")) == "unknown"
    assert await tools.messages.apply(tell(tools, "delivered", reference="ms_1")) == "moved"
    assert await redis.hget(key("message", "ms_2"), "status") == b"queued"


async def test_the_parts_of_a_long_sms_have_ids_that_nobody_knows_and_one_reference(tools, sent):
    assert await tools.messages.apply(tell(tools, "delivered", vendor_id="v-2", reference="ms_1")) == "moved"
