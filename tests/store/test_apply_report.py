"""apply_report: find the message of a delivery report and change its status."""

import asyncio
import random

import pytest

from tests.support.messages import apply_report, open_message, record_outcome, report_job

ORDER = ["sent", "buffered", "delivered"]


@pytest.fixture
async def sent(container):
    """A message that the gateway accepted as `v-1`."""
    await open_message(container)
    await record_outcome(container)


async def test_racing_reports_in_any_order_end_as_delivered(container, redis, key, sent):
    reports = [report_job(container, status) for status in ORDER * 20]
    random.Random(7).shuffle(reports)  # noqa: S311  any order, the same each time

    answers = await asyncio.gather(*(apply_report(container, report) for report in reports))

    history = (await redis.hget(key("message", "ms_1"), "history")).decode().split("\n")
    assert await redis.hget(key("message", "ms_1"), "status") == b"delivered"
    assert set(answers) == {"moved", "kept"}
    assert answers.count("moved") <= 2
    assert len(history) == len({line.partition(" ")[2] for line in history})


async def test_reports_are_counted_by_result(container, redis, key, sent):
    for report in (
        report_job(container, "delivered"),
        report_job(container, "delivered"),
        report_job(container, "delivered", reference="ms_none"),
        report_job(container, "delivered", vendor_id="v-none"),
    ):
        await apply_report(container, report)

    counts = await redis.hgetall(key("counts", "carrier"))
    assert counts == {b"moved": b"1", b"kept": b"1", b"unknown": b"1", b"parked": b"1"}


async def test_history_holds_at_most_twenty_lines(container, redis, key, sent):
    for number in range(50):
        await apply_report(container, report_job(container, "unknown", word=f"word {number}"))
    assert await apply_report(container, report_job(container, "delivered")) == "moved"

    history = await redis.hget(key("message", "ms_1"), "history")
    assert len(history.split(b"\n")) == 20
    assert await redis.hget(key("message", "ms_1"), "status") == b"delivered"


async def test_parked_reports_expire_after_a_minute(container, clock, redis, key):
    await apply_report(container, report_job(container, "delivered", vendor_id="v-1"))
    clock.tick(seconds=60)
    await apply_report(container, report_job(container, "delivered", vendor_id="v-2"))

    assert await redis.hlen(key("parked", "carrier")) == 1
    assert await redis.zcard(key("parked_at", "carrier")) == 1
    assert 0 < await redis.pttl(key("parked", "carrier")) <= 60_000


async def test_parked_report_is_not_applied_after_a_minute(container, clock, redis, key):
    await open_message(container)
    await apply_report(container, report_job(container, "failed"))
    clock.tick(seconds=61)

    await record_outcome(container)

    assert await redis.hget(key("message", "ms_1"), "status") == b"sent"


async def test_at_most_ten_thousand_reports_are_parked(container, clock, redis, key):
    """A caller with a vendor's report token cannot fill Redis' memory."""
    names = [f"name-{number}" for number in range(9_999)]
    await redis.hset(key("parked", "carrier"), mapping=dict.fromkeys(names, "x|1|sent|queued||sent\n"))
    await redis.zadd(key("parked_at", "carrier"), dict.fromkeys(names, clock()))

    answers = [
        await apply_report(container, report_job(container, "sent", vendor_id=f"v-{number}")) for number in range(3)
    ]

    assert answers == ["parked", "unknown", "unknown"]
    assert await redis.hlen(key("parked", "carrier")) == 10_000


async def test_reports_parked_for_one_id_are_bounded(container, redis, key):
    for number in range(200):
        await apply_report(container, report_job(container, "unknown", word=f"word {number}"))

    (parked,) = await redis.hvals(key("parked", "carrier"))
    assert len(parked) < 2500


async def test_reference_that_contradicts_the_vendor_id_is_unknown(container, redis, key, sent):
    """Some vendors sign their id, but not the callback URL with ours: a changed URL must not affect another SMS."""
    await open_message(container, "+31687654321", id="ms_2")

    assert await apply_report(container, report_job(container, "failed", reference="ms_2")) == "unknown"
    assert await apply_report(container, report_job(container, "delivered", reference="ms_1")) == "moved"
    assert await redis.hget(key("message", "ms_2"), "status") == b"queued"


async def test_report_with_unknown_vendor_id_is_matched_by_reference(container, sent):
    assert (
        await apply_report(container, report_job(container, "delivered", vendor_id="v-2", reference="ms_1")) == "moved"
    )
