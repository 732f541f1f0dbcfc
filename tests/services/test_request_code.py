"""Requesting a code: the verification, its limits and test numbers."""

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
from tests.support.actions import (
    check,
    code_of,
    fail_attempts,
    read_verification,
    start_verification,
    start_with_code,
    wrong_code,
)
from tests.support.api_calls import TEST_NUMBERS
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.stores import on_both_stores

LAST_DAY = date(2026, 12, 31)  # any day: the tested functions take it as an argument


async def test_a_new_verification_has_its_full_lifetime_and_attempts(container, clock):
    verification = await start_verification(container)

    assert verification.id.startswith("vf_")
    assert verification.expires_at - clock() == 300_000
    assert verification.resend_at - clock() == 30_000
    assert (verification.attempts_left, verification.sends_left) == (5, 2)


async def test_the_response_repeats_number_purpose_and_reference(container):
    verification = await start_verification(
        container, "06 12345678", country="NL", purpose="payment", reference="cart-77"
    )

    assert (verification.phone.e164, verification.purpose, verification.reference) == (PHONE, "payment", "cart-77")


async def test_ids_are_not_guessable(container):
    """128 bits of the system's random source, in 22 characters."""
    ids = {(await start_verification(container)).id for _ in range(3)}

    assert len(ids) == 3
    assert {len(id) for id in ids} == {25}


@on_both_stores
async def test_parallel_requests_share_the_sends_of_a_number(container):
    """Fifty requests at once send exactly the three SMS that ten minutes allow."""
    answers = await asyncio.gather(*(start_verification(container) for _ in range(50)), return_exceptions=True)

    assert [type(answer) for answer in answers].count(RateLimited) == 47


async def test_all_spellings_and_purposes_share_the_sends_of_a_number(container):
    await start_verification(container, "0031612345678")
    await start_verification(container, "06-12345678", country="NL")
    await start_verification(container, "+٣١٦١٢٣٤٥٦٧٨", purpose="payment")

    with pytest.raises(RateLimited) as limited:
        await start_verification(container)
    assert (limited.value.limit, limited.value.retry_after) == ("sends_per_number", 600)
    assert await start_verification(container, OTHER_PHONE)
    assert await start_verification(container, app="bank"), "each app has its own count"


async def test_a_number_has_twice_the_sends_over_all_apps(make_container):
    """Else each further app would send three more SMS to one phone."""
    async with make_container(apps='{"bank": {}, "shop": {}}') as container:
        for app in ("dev", "bank"):
            for _ in range(3):
                await start_verification(container, app=app)

        with pytest.raises(RateLimited) as limited:
            await start_verification(container, app="shop")
    assert (limited.value.limit, limited.value.retry_after) == ("sends_per_number", 600)


async def test_a_refused_request_spends_nothing(container, clock):
    for _ in range(3):
        await start_verification(container)
    for _ in range(10):
        with pytest.raises(RateLimited):
            await start_verification(container)

    clock.tick(seconds=600)

    assert await start_verification(container)


async def test_resend_at_is_none_when_the_numbers_limit_is_spent(container):
    await start_verification(container)
    await start_verification(container)

    assert (await start_verification(container)).resend_at is None


async def test_a_closed_country_is_refused_before_the_number_is_validated(make_container):
    async with make_container(countries="DE,BE") as container:
        with pytest.raises(DestinationNotAllowed):
            await start_verification(container)
        with pytest.raises(DestinationNotAllowed):
            await start_verification(container, "+31612")
        with pytest.raises(InvalidPhoneNumber):
            await start_verification(container, "+49")


async def test_a_blocked_number_is_refused_before_waits_and_limits(make_container):
    async with make_container(attempts=10, limit_sends_per_number="1/h") as container:
        await fail_attempts(container, 10)
        with pytest.raises(TooManyAttempts):
            await start_verification(container)
        await block_number(PHONE, encryption=container.store.encryption, numbers=container.numbers)
        with pytest.raises(DestinationBlocked):
            await start_verification(container)


async def test_two_verifications_of_one_number_are_independent(container):
    """A stranger's request neither reveals, nor ends, nor uses up the owner's."""
    mine, code = await start_with_code(container)
    strangers, strangers_code = await start_with_code(container)
    for _ in range(5):
        await asyncio.gather(check(container, wrong_code(strangers_code), id=strangers), return_exceptions=True)

    assert (await read_verification(container, strangers)).state == State.LOCKED
    assert (await read_verification(container, mine)).attempts_left == 5
    assert await check(container, code, id=mine)


async def test_a_test_number_has_a_fixed_code_and_no_sms(make_container):
    """Test numbers are for app stores and robots; no send limit applies, since no SMS is sent."""
    async with make_container(test_numbers=TEST_NUMBERS) as container:
        for _ in range(5):
            verification = await start_verification(container)
        assert (await container.health.snapshot()).waiting == 0
        approval = await check(container, "042137", id=verification.id)

    assert approval.verification.phone.e164 == PHONE


async def test_wrong_codes_of_a_test_number_are_limited(make_container):
    async with make_container(test_numbers=TEST_NUMBERS) as container:
        for _ in range(2):
            verification = await start_verification(container)
            for _ in range(5):
                await asyncio.gather(check(container, "042138", id=verification.id), return_exceptions=True)
        with pytest.raises(TooManyAttempts):
            await start_verification(container)


@pytest.mark.parametrize(("day", "is_test"), [(LAST_DAY, True), (LAST_DAY + timedelta(days=1), False)])
async def test_a_test_number_expires_after_its_day(make_container, day, is_test):
    async with make_container(test_numbers=f"{PHONE}=042137@{LAST_DAY}") as container:
        verification = await start_verification(container, day=day)

        assert (await container.health.snapshot()).waiting == (0 if is_test else 1)
        if not is_test:
            assert await check(container, await code_of(container, verification.id), id=verification.id)


@on_both_stores
async def test_more_requests_than_connections_all_succeed(container):
    """No request fails because the store has only 32 connections."""
    numbers = [f"+316123{number:05}" for number in range(300)]

    answers = await asyncio.gather(*(start_verification(container, number) for number in numbers))

    assert len({verification.id for verification in answers}) == 300
