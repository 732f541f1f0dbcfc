"""A human check that is asked for on suspicion only: while the watch is raised, or when a limit is nearly spent."""

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from app.domain.errors import HumanCheckFailed, HumanCheckRequired
from app.domain.human_check import HumanCheckResult
from app.domain.request_context import IdempotencyScope
from app.store.request_facts import RequestFacts
from tests.support.actions import ask, ask_again, ask_for_code, check, raise_alarm
from tests.support.builders import PHONE
from tests.support.stores import ENGINE, on_both_stores

STORE = ENGINE  # no other test meets some branches of these scripts there

NUMBERS = [f"+316123{number:05d}" for number in range(20)]


class Believer:
    """A human check that takes every token, once."""

    async def verify(self, token, *, bound_to, address):
        return HumanCheckResult(token, 600)


@pytest.fixture
async def suspicious(make_container):
    changes = {"human_check": "altcha", "human_check_when": "suspicious", "limit_sends_per_number": "off"}
    async with make_container(**changes, limit_sends_per_app="10/h") as container:
        yield container


async def browse(container, number=PHONE, **changes):
    return await ask(container, number, is_backend=False, human_checker=Believer(), **changes)


async def test_nobody_is_asked_until_a_limit_is_four_fifths_spent(suspicious):
    """The eighth of ten is fine; the ninth shows that a person asks. A backend is not asked at all."""
    for number in NUMBERS[:8]:
        assert await browse(suspicious, number)

    with pytest.raises(HumanCheckRequired):
        await browse(suspicious, NUMBERS[8])
    assert await browse(suspicious, NUMBERS[8], human_check="token-1")
    assert await ask(suspicious, NUMBERS[9])


async def test_while_the_watch_is_raised_all_browsers_are_asked(make_container):
    async with make_container(human_check="altcha", human_check_when="suspicious") as container:
        await raise_alarm(container)

        with pytest.raises(HumanCheckRequired):
            await browse(container)
        assert await browse(container, human_check="token-1")


async def test_a_resend_is_asked_likewise_and_a_token_counts_once_for_both(suspicious, clock):
    standing = await browse(suspicious, NUMBERS[0], human_check="token-1")
    for number in NUMBERS[1:8]:
        await browse(suspicious, number)
    clock.tick(seconds=30)

    with pytest.raises(HumanCheckRequired):
        await ask_again(suspicious, standing.id, is_backend=False, human_checker=Believer())
    with pytest.raises(HumanCheckFailed):
        await ask_again(suspicious, standing.id, is_backend=False, human_checker=Believer(), human_check="token-1")
    assert await ask_again(suspicious, standing.id, is_backend=False, human_checker=Believer(), human_check="token-2")


@on_both_stores
async def test_of_racing_requests_with_one_token_one_is_served(suspicious):
    answers = await asyncio.gather(
        *(browse(suspicious, number, human_check="token-1") for number in NUMBERS[:5]), return_exceptions=True
    )

    assert [type(answer) for answer in answers].count(HumanCheckFailed) == 4


@pytest.mark.parametrize("again", [False, True])
async def test_a_repeat_that_is_none_any_more_does_not_pass_without_its_check(suspicious, clock, again):
    """Where what was answered ends between the look at it and the script, nobody has judged the token."""
    standing = await browse(suspicious, NUMBERS[0])
    clock.tick(seconds=30)

    class Forgetful:
        async def answered(self, request_facts: RequestFacts) -> bool:
            return True

        def __getattr__(self, name):
            return getattr(suspicious.verifications, name)

    container = replace(suspicious, verifications=Forgetful())
    repeat = IdempotencyScope("dev|/v1/request-code|nowhere|key-1", "{}")
    if again:
        act = partial(ask_again, container, standing.id, human_checker=Believer(), human_check="bad", repeat=repeat)
    else:
        act = partial(browse, container, NUMBERS[1], human_check="bad", repeat=repeat)
    with pytest.raises(HumanCheckRequired):
        await act()


async def test_a_resend_whose_answer_was_lost_is_answered_again_though_its_verification_has_ended(suspicious, clock):
    """What was answered is looked for first: the number of a verification that is over is nobody's business."""
    id, code = await ask_for_code(suspicious)
    clock.tick(seconds=30)
    call = {
        "human_checker": Believer(),
        "human_check": "token-1",
        "repeat": IdempotencyScope("dev|/v1/request-code|nowhere|key-1", "{}"),
    }
    first = await ask_again(suspicious, id, **call)
    await check(suspicious, code, id=id)

    again = await ask_again(suspicious, id, **call)

    assert (again.id, again.left.sends) == (first.id, first.left.sends)
