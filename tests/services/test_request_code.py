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


async def test_a_new_verification_has_its_whole_life_before_it(container, clock):
    standing = await ask(container)

    assert standing.id.startswith("vf_")
    assert standing.left.expires_at - clock() == 300_000
    assert standing.left.resend_at - clock() == 30_000
    assert (standing.left.attempts, standing.left.sends) == (5, 2)


async def test_it_repeats_what_was_asked_in_the_callers_words(container):
    standing = await ask(container, "06 12345678", country="NL", purpose="payment", reference="cart-77")

    assert (standing.phone.e164, standing.purpose, standing.reference) == (PHONE, "payment", "cart-77")


async def test_ids_are_not_guessable(container):
    """128 bits of the system's source, in 22 letters."""
    ids = {(await ask(container)).id for _ in range(3)}

    assert len(ids) == 3
    assert {len(id) for id in ids} == {25}


@on_both_stores
async def test_parallel_requests_share_the_sends_of_a_number(container):
    """Fifty requests at once send exactly the three SMS that ten minutes allow."""
    answers = await asyncio.gather(*(ask(container) for _ in range(50)), return_exceptions=True)

    assert [type(answer) for answer in answers].count(RateLimited) == 47


async def test_all_spellings_and_apps_and_purposes_share_the_sends_of_a_number(container):
    """Its owner has one phone."""
    await ask(container, "0031612345678")
    await ask(container, "06-12345678", country="NL", app="bank")
    await ask(container, "+٣١٦١٢٣٤٥٦٧٨", purpose="payment")

    with pytest.raises(RateLimited) as limited:
        await ask(container)
    assert (limited.value.limit, limited.value.retry_after) == ("sends_per_number", 600)
    assert await ask(container, OTHER_PHONE)


async def test_a_refused_request_spends_nothing(container, clock):
    for _ in range(3):
        await ask(container)
    for _ in range(10):
        with pytest.raises(RateLimited):
            await ask(container)

    clock.tick(seconds=600)

    assert await ask(container)


async def test_no_resend_is_promised_that_the_numbers_limit_forbids(container):
    await ask(container)
    await ask(container)

    assert (await ask(container)).left.resend_at is None


async def test_a_closed_country_is_refused_before_all_else(make_container):
    async with make_container(countries="DE,BE") as container:
        with pytest.raises(DestinationNotAllowed):
            await ask(container)
        with pytest.raises(DestinationNotAllowed):
            await ask(container, "+31612")
        with pytest.raises(InvalidPhoneNumber):
            await ask(container, "+49")


async def test_a_blocked_number_is_refused_before_waits_and_limits(make_container):
    async with make_container(attempts=10, limit_sends_per_number="1/h") as container:
        await fail(container, 10)
        with pytest.raises(TooManyAttempts):
            await ask(container)
        await block_number(PHONE, keyring=container.keyring, numbers=container.numbers)
        with pytest.raises(DestinationBlocked):
            await ask(container)


async def test_two_verifications_of_one_number_share_nothing(container):
    """A stranger's request neither reveals, nor ends, nor uses up the owner's."""
    mine, code = await ask_for_code(container)
    strangers, strangers_code = await ask_for_code(container)
    for _ in range(5):
        await asyncio.gather(check(container, wrong(strangers_code), id=strangers), return_exceptions=True)

    assert (await look(container, strangers)).state == State.LOCKED
    assert (await look(container, mine)).attempts_left == 5
    assert await check(container, code, id=mine)


async def test_a_test_number_has_its_code_and_no_sms(make_container):
    """For app stores and robots; its proof says so, and no limit of SMS holds, for there are none."""
    async with make_container(test_numbers=TEST_NUMBERS) as container:
        for _ in range(5):
            standing = await ask(container)
        assert (await container.health.snapshot()).waiting == 0
        approval = await check(container, "042137", id=standing.id)

    assert approval.phone.e164 == PHONE


async def test_a_test_numbers_guesses_are_limited(make_container):
    async with make_container(test_numbers=TEST_NUMBERS) as container:
        for _ in range(2):
            standing = await ask(container)
            for _ in range(5):
                await asyncio.gather(check(container, "042138", id=standing.id), return_exceptions=True)
        with pytest.raises(TooManyAttempts):
            await ask(container)


@pytest.mark.parametrize(("day", "is_test"), [(LAST_DAY, True), (LAST_DAY + timedelta(days=1), False)])
async def test_a_test_number_ends_with_its_day(make_container, day, is_test):
    async with make_container(test_numbers=f"{PHONE}=042137@{LAST_DAY}") as container:
        standing = await ask(container, day=day)

        assert (await container.health.snapshot()).waiting == (0 if is_test else 1)
        if not is_test:
            assert await check(container, await code_of(container, standing.id), id=standing.id)


@on_both_stores
async def test_more_at_once_than_there_are_connections_are_all_answered(container):
    """By a code or a limit, and none by a store that has 32 of them."""
    numbers = [f"+316123{number:05}" for number in range(300)]

    answers = await asyncio.gather(*(ask(container, number) for number in numbers))

    assert len({standing.id for standing in answers}) == 300
