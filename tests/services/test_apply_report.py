"""Delivery reports change the status of their message, and nothing else."""

from itertools import permutations

import pytest

from app.domain.status import Reason, Status
from app.domain.verification import State
from tests.support.actions import check, code_of, read_verification
from tests.support.builders import OTHER_PHONE
from tests.support.messages import open_message, record_outcome, report_job

SENT, BUFFERED, DELIVERED, FAILED = Status.SENT, Status.BUFFERED, Status.DELIVERED, Status.FAILED


@pytest.fixture
async def job(container):
    """A job whose message the gateway accepted as `v-1`."""
    job = await open_message(container)
    await record_outcome(container)
    return job


async def apply(container, status, **changes):
    return await container.apply_report(report_job(container, status, **changes))


async def message_of(container, job):
    return (await read_verification(container, job.record)).sends[0].messages[0]


@pytest.mark.parametrize("order", list(permutations([SENT, BUFFERED, DELIVERED])), ids="-".join)
async def test_delivered_wins_in_any_order_of_arrival(container, job, order):
    for status in order:
        await apply(container, status)

    message = await message_of(container, job)
    assert message.status == DELIVERED
    assert {moment.status for moment in message.history} == {Status.QUEUED, *order}


@pytest.mark.parametrize("order", list(permutations([BUFFERED, DELIVERED, FAILED])), ids="-".join)
async def test_delivered_replaces_failed_in_any_order(container, job, order):
    """Vendors send late receipts."""
    for status in order:
        await apply(container, status)

    assert (await message_of(container, job)).status == DELIVERED


async def test_a_failed_report_stores_its_reason(container, job):
    assert await apply(container, FAILED, word="E12", reason=Reason.INVALID_NUMBER) == "moved"

    message = await message_of(container, job)
    assert (message.status, message.reason, message.history[-1].word) == (FAILED, Reason.INVALID_NUMBER, "E12")


async def test_a_repeated_report_is_stored_once(container, job):
    assert [await apply(container, DELIVERED) for _ in range(3)] == ["moved", "kept", "kept"]

    assert [moment.status for moment in (await message_of(container, job)).history] == [Status.QUEUED, SENT, DELIVERED]


async def test_an_unknown_status_is_stored_without_changing_the_message(container, job):
    assert await apply(container, Status.UNKNOWN, word="carrier pigeon") == "kept"

    message = await message_of(container, job)
    assert (message.status, message.history[-1].word) == (SENT, "carrier pigeon")


async def test_a_report_with_our_reference_applies_before_the_gateway_answers(container):
    job = await open_message(container)

    assert await apply(container, DELIVERED, reference="ms_1") == "moved"
    await record_outcome(container)

    assert (await message_of(container, job)).status == DELIVERED


async def test_a_report_before_the_vendors_id_is_known_is_parked(container):
    job = await open_message(container)

    assert await apply(container, DELIVERED) == "parked"
    await record_outcome(container)

    assert (await message_of(container, job)).status == DELIVERED


@pytest.mark.parametrize(
    "changes",
    [
        {"number": OTHER_PHONE},
        {"reference": "ms_none"},
        {"reference": "ms_1", "gateway": "other"},
    ],
    ids=["another recipient", "an unknown reference", "another gateway's message"],
)
async def test_a_mismatched_report_changes_nothing(container, job, changes):
    """Vendor ids are often sequential: a forged or mistaken report names another message."""
    assert await apply(container, DELIVERED, **changes) == "unknown"

    assert (await message_of(container, job)).status == SENT


async def test_a_vendor_id_is_scoped_to_its_gateway(container, job):
    assert await apply(container, DELIVERED, gateway="other") == "parked"

    assert (await message_of(container, job)).status == SENT


@pytest.mark.parametrize("status", [DELIVERED, FAILED])
async def test_a_report_never_changes_the_verification(container, status):
    job = await open_message(container)
    code = await code_of(container, job.record)
    await record_outcome(container)
    await apply(container, status)

    view = await read_verification(container, job.record)
    assert (view.state, view.attempts_left, view.sends_left) == (State.PENDING, 5, 2)
    assert await check(container, code, id=job.record)


async def test_a_report_applies_after_the_verification_expired(container, clock, job):
    clock.tick(seconds=3600)

    assert await apply(container, DELIVERED) == "moved"
    assert (await message_of(container, job)).status == DELIVERED
