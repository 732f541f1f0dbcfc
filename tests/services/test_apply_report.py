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
async def job(tools):
    """A message that the gateway took as `v-1`."""
    job = await open_message(tools)
    await settle(tools)
    return job


async def apply(tools, status, **changes):
    return await apply_report(tell(tools, status, **changes), messages=tools.messages)


async def message_of(tools, job):
    return (await look(tools, job.verification)).sends[0].messages[0]


@pytest.mark.parametrize("order", list(permutations([SENT, BUFFERED, DELIVERED])), ids="-".join)
async def test_in_any_order_of_arrival_the_message_is_delivered(tools, job, order):
    for status in order:
        await apply(tools, status)

    message = await message_of(tools, job)
    assert message.status == DELIVERED
    assert {moment.status for moment in message.history} == {Status.QUEUED, *order}


@pytest.mark.parametrize("order", list(permutations([BUFFERED, DELIVERED, FAILED])), ids="-".join)
async def test_delivered_corrects_another_end_and_nothing_corrects_it(tools, job, order):
    """Late receipts happen."""
    for status in order:
        await apply(tools, status)

    assert (await message_of(tools, job)).status == DELIVERED


async def test_a_failure_says_why(tools, job):
    assert await apply(tools, FAILED, word="E12", reason=Reason.INVALID_NUMBER) == "moved"

    message = await message_of(tools, job)
    assert (message.status, message.reason, message.history[-1].word) == (FAILED, Reason.INVALID_NUMBER, "E12")


async def test_what_is_said_twice_is_kept_once(tools, job):
    assert [await apply(tools, DELIVERED) for _ in range(3)] == ["moved", "kept", "kept"]

    assert [moment.status for moment in (await message_of(tools, job)).history] == [Status.QUEUED, SENT, DELIVERED]


async def test_a_word_that_nobody_knows_moves_nothing_and_is_kept(tools, job):
    assert await apply(tools, Status.UNKNOWN, word="carrier pigeon") == "kept"

    message = await message_of(tools, job)
    assert (message.status, message.history[-1].word) == (SENT, "carrier pigeon")


async def test_our_own_reference_finds_a_message_before_its_gateway_has_answered(tools):
    job = await open_message(tools)

    assert await apply(tools, DELIVERED, reference="ms_1") == "moved"
    await settle(tools)

    assert (await message_of(tools, job)).status == DELIVERED


async def test_a_report_before_the_vendors_id_is_known_waits_for_it(tools):
    job = await open_message(tools)

    assert await apply(tools, DELIVERED) == "parked"
    await settle(tools)

    assert (await message_of(tools, job)).status == DELIVERED


@pytest.mark.parametrize(
    "changes",
    [
        {"number": OTHER_PHONE},
        {"reference": "ms_none"},
        {"reference": "ms_1", "gateway": "other"},
    ],
    ids=["another recipient", "an unknown reference", "another gateway's message"],
)
async def test_a_report_that_does_not_fit_moves_nothing(tools, job, changes):
    """Vendor ids are often counted up: a forged or mistaken report names somebody else's message."""
    assert await apply(tools, DELIVERED, **changes) == "unknown"

    assert (await message_of(tools, job)).status == SENT


async def test_an_id_of_another_gateway_is_another_message(tools, job):
    assert await apply(tools, DELIVERED, gateway="other") == "parked"

    assert (await message_of(tools, job)).status == SENT


@pytest.mark.parametrize("status", [DELIVERED, FAILED])
async def test_a_report_never_changes_the_verification(tools, status):
    job = await open_message(tools)
    code = await code_of(tools, job.verification)
    await settle(tools)
    await apply(tools, status)

    view = await look(tools, job.verification)
    assert (view.state, view.attempts_left, view.sends_left) == (State.PENDING, 5, 2)
    assert await check(tools, code, id=job.verification)


async def test_a_report_is_kept_after_the_end_too(tools, clock, job):
    clock.tick(seconds=3600)

    assert await apply(tools, DELIVERED) == "moved"
    assert (await message_of(tools, job)).status == DELIVERED
