"""record_outcome: store the outcome of a gateway call and apply the reports that arrived before it."""

import asyncio
from itertools import pairwise

import pytest

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.message import Accepted
from app.domain.status import Reason, Status
from tests.support.actions import read_verification
from tests.support.messages import apply_report, open_message, record_outcome, report_job


async def message_of(container, job):
    (send,) = (await read_verification(container, job.record)).sends
    return send.messages[0]


@pytest.mark.parametrize(
    ("outcome", "status", "reason", "word"),
    [
        (Accepted("v-1", segments=2, price="0.05 EUR"), Status.SENT, None, "accepted"),
        (Refused("no", reason=Reason.NO_CREDIT, word="E31"), Status.FAILED, Reason.NO_CREDIT, "E31"),
        (Refused("no"), Status.FAILED, Reason.UNKNOWN, "refused"),
        (Unreachable("away"), Status.QUEUED, None, "unreachable"),
        (Unsure("?", word="E500"), Status.QUEUED, None, "E500"),
    ],
    ids=["accepted", "refused", "refused without a code", "unreachable", "unsure"],
)
async def test_outcome_is_stored_with_our_status_and_the_vendors_word(container, outcome, status, reason, word):
    job = await open_message(container)

    await record_outcome(container, outcome)

    message = await message_of(container, job)
    assert (message.status, message.reason) == (status, reason)
    assert message.history[-1].word == word


async def test_segments_and_price_are_stored(container):
    job = await open_message(container)
    await record_outcome(container, Accepted("v-1", segments=2, price="0.05 EUR"))

    message = await message_of(container, job)
    assert (message.segments, message.price) == (2, "0.05 EUR")


async def test_vendor_id_expires_with_its_message(container, redis, key):
    await open_message(container)
    await record_outcome(container)

    vendor = key("vendor", "carrier", container.keyring.name("vendor", "v-1"))
    assert await redis.get(vendor) == b"ms_1"
    assert abs(await redis.pttl(vendor) - await redis.pttl(key("message", "ms_1"))) < 1000


async def test_parked_reports_are_applied_and_removed(container, redis, key):
    job = await open_message(container)
    assert await apply_report(container, report_job(container, "buffered", word="waits | a bit")) == "parked"
    assert await apply_report(container, report_job(container, "delivered", number="+31687654321")) == "parked"

    await record_outcome(container)

    message = await message_of(container, job)
    assert message.status == Status.BUFFERED, "the forged report, for another recipient, is dropped"
    assert [moment.word for moment in message.history] == ["", "accepted", "waits | a bit"]
    assert not await redis.exists(key("parked", "carrier"), key("parked_at", "carrier"))


async def test_racing_report_and_answer_end_as_delivered(container):
    """Twenty concurrent pairs: no report is lost between the two steps."""
    numbers = [f"+316123456{last:02}" for last in range(20)]
    jobs = [await open_message(container, number, id=f"ms_{number}") for number in numbers]

    await asyncio.gather(
        *(
            step
            for number, job in zip(numbers, jobs, strict=True)
            for step in (
                apply_report(container, report_job(container, "delivered", vendor_id=f"v-{number}", number=number)),
                record_outcome(container, Accepted(f"v-{number}"), id=f"ms_{number}"),
            )
        )
    )

    assert {(await message_of(container, job)).status for job in jobs} == {Status.DELIVERED}


async def test_history_is_ordered_by_time(container, clock):
    job = await open_message(container)
    for status in ("buffered", "delivered"):
        clock.tick(seconds=1)
        await apply_report(container, report_job(container, status, reference="ms_1"))
    clock.tick(seconds=1)
    await record_outcome(container)

    message = await message_of(container, job)
    assert message.status == Status.DELIVERED, "the gateway's answer arrived last, and a status never moves backwards"
    assert all(one.at < next_one.at for one, next_one in pairwise(message.history))


async def test_outcome_does_not_restore_a_forgotten_message(container, redis, key):
    """An operator may forget a number while its SMS is being sent."""
    job = await open_message(container)
    await redis.delete(key("message", "ms_1"), key("verification", job.record))

    await record_outcome(container)

    assert not await redis.exists(key("message", "ms_1"), key("verification", job.record))
