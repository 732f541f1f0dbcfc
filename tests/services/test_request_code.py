"""A number asks for a code."""

import asyncio
from datetime import date, timedelta

import pytest

from app.domain.errors import (
    DestinationBlocked,
    DestinationNotAllowed,
    InvalidPhoneNumber,
    RateLimited,
    TooManyAttempts,
)
from app.domain.verification import State
from app.services.admin import block_number
from tests.support.actions import ask, ask_for_code, check, code_of, fail, look, wrong
from tests.support.api_calls import TEST_NUMBERS
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.stores import on_both_stores

LAST_DAY = date(2026, 12, 31)  # any day: it is an argument of what is tested with it


async def test_a_new_verification_has_its_whole_life_before_it(tools, clock):
    standing = await ask(tools)

    assert standing.id.startswith("vf_")
    assert standing.left.expires_at - clock() == 300_000
    assert standing.left.resend_at - clock() == 30_000
    assert (standing.left.attempts, standing.left.sends) == (5, 2)


async def test_it_repeats_what_was_asked_in_the_callers_words(tools):
    standing = await ask(tools, "06 12345678", country="NL", purpose="payment", reference="cart-77")

    assert (standing.phone.e164, standing.purpose, standing.reference) == (PHONE, "payment", "cart-77")


async def test_ids_are_not_guessable(tools):
    """128 bits of the system's source, in 22 letters."""
    ids = {(await ask(tools)).id for _ in range(3)}

    assert len(ids) == 3
    assert {len(id) for id in ids} == {25}


@on_both_stores
async def test_parallel_requests_share_the_sends_of_a_number(tools):
    """Fifty requests at once send exactly the three SMS that ten minutes allow."""
    answers = await asyncio.gather(*(ask(tools) for _ in range(50)), return_exceptions=True)

    assert [type(answer) for answer in answers].count(RateLimited) == 47


async def test_all_spellings_and_apps_and_purposes_share_the_sends_of_a_number(tools):
    """Its owner has one phone."""
    await ask(tools, "0031612345678")
    await ask(tools, "06-12345678", country="NL", app="bank")
    await ask(tools, "+٣١٦١٢٣٤٥٦٧٨", purpose="payment")

    with pytest.raises(RateLimited) as limited:
        await ask(tools)
    assert (limited.value.limit, limited.value.retry_after) == ("sends_per_number", 600)
    assert await ask(tools, OTHER_PHONE)


async def test_a_refused_request_spends_nothing(tools, clock):
    for _ in range(3):
        await ask(tools)
    for _ in range(10):
        with pytest.raises(RateLimited):
            await ask(tools)

    clock.tick(seconds=600)

    assert await ask(tools)


async def test_no_resend_is_promised_that_the_numbers_limit_forbids(tools):
    await ask(tools)
    await ask(tools)

    assert (await ask(tools)).left.resend_at is None


async def test_a_closed_country_is_refused_before_all_else(make_tools):
    async with make_tools(countries="DE,BE") as tools:
        with pytest.raises(DestinationNotAllowed):
            await ask(tools)
        with pytest.raises(DestinationNotAllowed):
            await ask(tools, "+31612")
        with pytest.raises(InvalidPhoneNumber):
            await ask(tools, "+49")


async def test_a_blocked_number_is_refused_before_waits_and_limits(make_tools):
    async with make_tools(attempts=10, limit_sends_per_number="1/h") as tools:
        await fail(tools, 10)
        with pytest.raises(TooManyAttempts):
            await ask(tools)
        await block_number(PHONE, keyring=tools.keyring, numbers=tools.numbers)
        with pytest.raises(DestinationBlocked):
            await ask(tools)


async def test_two_verifications_of_one_number_share_nothing(tools):
    """A stranger's request neither reveals, nor ends, nor uses up the owner's."""
    mine, code = await ask_for_code(tools)
    strangers, strangers_code = await ask_for_code(tools)
    for _ in range(5):
        await asyncio.gather(check(tools, wrong(strangers_code), id=strangers), return_exceptions=True)

    assert (await look(tools, strangers)).state == State.LOCKED
    assert (await look(tools, mine)).attempts_left == 5
    assert await check(tools, code, id=mine)


async def test_a_test_number_has_its_code_and_no_sms(make_tools):
    """For app stores and robots; its proof says so, and no limit of SMS holds, for there are none."""
    async with make_tools(test_numbers=TEST_NUMBERS) as tools:
        for _ in range(5):
            standing = await ask(tools)
        assert (await tools.health.feel()).waiting == 0
        approval = await check(tools, "042137", id=standing.id)

    assert approval.phone.e164 == PHONE


async def test_a_test_numbers_guesses_are_limited(make_tools):
    async with make_tools(test_numbers=TEST_NUMBERS) as tools:
        for _ in range(2):
            standing = await ask(tools)
            for _ in range(5):
                await asyncio.gather(check(tools, "042138", id=standing.id), return_exceptions=True)
        with pytest.raises(TooManyAttempts):
            await ask(tools)


@pytest.mark.parametrize(("day", "is_test"), [(LAST_DAY, True), (LAST_DAY + timedelta(days=1), False)])
async def test_a_test_number_ends_with_its_day(make_tools, day, is_test):
    async with make_tools(test_numbers=f"{PHONE}=042137@{LAST_DAY}") as tools:
        standing = await ask(tools, day=day)

        assert (await tools.health.feel()).waiting == (0 if is_test else 1)
        if not is_test:
            assert await check(tools, await code_of(tools, standing.id), id=standing.id)


@on_both_stores
async def test_more_at_once_than_there_are_connections_are_all_answered(tools):
    """By a code or a limit, and none by a store that has 32 of them."""
    numbers = [f"+316123{number:05}" for number in range(300)]

    answers = await asyncio.gather(*(ask(tools, number) for number in numbers))

    assert len({standing.id for standing in answers}) == 300
