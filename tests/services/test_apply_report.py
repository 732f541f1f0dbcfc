"""The gateway's word becomes the message's status."""

from itertools import permutations

import pytest

from app.domain.status import Reason, Status
from app.domain.verification import State
from app.services.apply_report import apply_report
from tests.support.actions import check, code_of, look
from tests.support.builders import OTHER_PHONE
from tests.support.messages import open_message, settle, tell

SENT, BUFFERED, DELIVERED, FAILED = Status.SENT, Status.BUFFERED, Status.DELIVERED, Status.FAILED


@pytest.fixture
async def job(container):
    """A message that the gateway took as `v-1`."""
    job = await open_message(container)
    await settle(container)
    return job


async def apply(container, status, **changes):
    return await apply_report(tell(container, status, **changes), messages=container.messages)


async def message_of(container, job):
    return (await look(container, job.verification)).sends[0].messages[0]


@pytest.mark.parametrize("order", list(permutations([SENT, BUFFERED, DELIVERED])), ids="-".join)
async def test_in_any_order_of_arrival_the_message_is_delivered(container, job, order):
    for status in order:
        await apply(container, status)

    message = await message_of(container, job)
    assert message.status == DELIVERED
    assert {moment.status for moment in message.history} == {Status.QUEUED, *order}


@pytest.mark.parametrize("order", list(permutations([BUFFERED, DELIVERED, FAILED])), ids="-".join)
async def test_delivered_corrects_another_end_and_nothing_corrects_it(container, job, order):
    """Late receipts happen."""
    for status in order:
        await apply(container, status)

    assert (await message_of(container, job)).status == DELIVERED


async def test_a_failure_says_why(container, job):
    assert await apply(container, FAILED, word="E12", reason=Reason.INVALID_NUMBER) == "moved"

    message = await message_of(container, job)
    assert (message.status, message.reason, message.history[-1].word) == (FAILED, Reason.INVALID_NUMBER, "E12")


async def test_what_is_said_twice_is_kept_once(container, job):
    assert [await apply(container, DELIVERED) for _ in range(3)] == ["moved", "kept", "kept"]

    assert [moment.status for moment in (await message_of(container, job)).history] == [Status.QUEUED, SENT, DELIVERED]


async def test_a_word_that_nobody_knows_moves_nothing_and_is_kept(container, job):
    assert await apply(container, Status.UNKNOWN, word="carrier pigeon") == "kept"

    message = await message_of(container, job)
    assert (message.status, message.history[-1].word) == (SENT, "carrier pigeon")


async def test_our_own_reference_finds_a_message_before_its_gateway_has_answered(container):
    job = await open_message(container)

    assert await apply(container, DELIVERED, reference="ms_1") == "moved"
    await settle(container)

    assert (await message_of(container, job)).status == DELIVERED


async def test_a_report_before_the_vendors_id_is_known_waits_for_it(container):
    job = await open_message(container)

    assert await apply(container, DELIVERED) == "parked"
    await settle(container)

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
async def test_a_report_that_does_not_fit_moves_nothing(container, job, changes):
    """Vendor ids are often counted up: a forged or mistaken report names somebody else's message."""
    assert await apply(container, DELIVERED, **changes) == "unknown"

    assert (await message_of(container, job)).status == SENT


async def test_an_id_of_another_gateway_is_another_message(container, job):
    assert await apply(container, DELIVERED, gateway="other") == "parked"

    assert (await message_of(container, job)).status == SENT


@pytest.mark.parametrize("status", [DELIVERED, FAILED])
async def test_a_report_never_changes_the_verification(container, status):
    job = await open_message(container)
    code = await code_of(container, job.verification)
    await settle(container)
    await apply(container, status)

    view = await look(container, job.verification)
    assert (view.state, view.attempts_left, view.sends_left) == (State.PENDING, 5, 2)
    assert await check(container, code, id=job.verification)


async def test_a_report_is_kept_after_the_end_too(container, clock, job):
    clock.tick(seconds=3600)

    assert await apply(container, DELIVERED) == "moved"
    assert (await message_of(container, job)).status == DELIVERED
