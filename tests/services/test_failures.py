"""Wrong codes of a number, counted over its verifications: growing waits, then a lock."""

import asyncio

import pytest

from app.domain.errors import IncorrectCode, TooManyAttempts
from app.services.admin import unlock_number
from tests.support.actions import check, fail_attempts, resend, start_verification, start_with_code, wrong_code
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.stores import ENGINE

STORE = ENGINE  # some branches of these scripts are tested on a real engine only here


async def test_a_wait_doubles_from_the_tenth_failure_to_an_hour(make_container, clock):
    """Ten wrong codes are more than typing errors; only new verifications wait."""
    async with make_container(attempts=10, limit_sends_per_number="off") as container:
        await fail_attempts(container, 9)
        waits = []
        for _ in range(10):
            await fail_attempts(container, 1)
            with pytest.raises(TooManyAttempts) as waiting:
                await start_verification(container)
            waits.append(waiting.value.retry_after)
            clock.tick(seconds=waits[-1], ms=-1)
            with pytest.raises(TooManyAttempts):
                await start_verification(container)
            clock.tick(ms=1)

    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


async def test_failures_are_counted_per_app_over_verifications_and_purposes(make_container):
    async with make_container(limit_sends_per_number="off") as container:
        for purpose in ("login", "payment"):
            id, code = await start_with_code(container, purpose=purpose)
            for _ in range(5):
                await asyncio.gather(check(container, wrong_code(code), id=id), return_exceptions=True)

        with pytest.raises(TooManyAttempts):
            await start_verification(container)
        assert await start_verification(container, app="bank")
        assert await start_verification(container, OTHER_PHONE)


async def test_a_guess_by_number_counts_for_each_code_that_it_was_compared_with(make_container):
    """Else three pending codes would triple what a guesser gets for one failure."""
    async with make_container(limit_sends_per_number="off") as container:
        codes = {(await start_with_code(container))[1] for _ in range(3)}
        guess = next(guess for guess in ("000000", "000001", "000002", "000003") if guess not in codes)
        by_number = {"number": PHONE, "purposes": frozenset({"login"})}
        for _ in range(3):
            await asyncio.gather(check(container, guess, **by_number), return_exceptions=True)
        assert await start_verification(container)

        await asyncio.gather(check(container, guess, **by_number), return_exceptions=True)  # the 10th to the 13th

        with pytest.raises(TooManyAttempts) as waiting:
            await start_verification(container)
    assert waiting.value.retry_after == 240


@pytest.fixture
async def locked(make_container, clock):
    """A container whose number has seventy failures, and one verification requested before the lock."""
    async with make_container(attempts=10, limit_sends_per_number="off", code_lifetime=600) as container:
        for _ in range(6):
            await fail_attempts(container, 10)
            clock.tick(seconds=3600)
        spare = await start_with_code(container)
        await fail_attempts(container, 10)
        yield container, spare


async def test_seventy_failures_lock_the_number_for_a_day(locked, clock):
    """NIST SP 800-63B-4 §3.2.2: at most a hundred in a row. Then the count is ten; the next failure waits 60 s."""
    container, _ = locked

    with pytest.raises(TooManyAttempts) as refused:
        await start_verification(container)
    assert refused.value.retry_after == 86400
    clock.tick(seconds=86400, ms=-1)
    with pytest.raises(TooManyAttempts):
        await start_verification(container)
    clock.tick(ms=1)
    await fail_attempts(container, 1)
    with pytest.raises(TooManyAttempts) as refused:
        await start_verification(container)
    assert refused.value.retry_after == 60


async def test_a_lock_refuses_neither_guess_nor_resend_of_a_pending_verification(locked, clock):
    """The owner's right code is on the phone already (E5)."""
    container, (id, code) = locked
    clock.tick(seconds=30)

    assert (await resend(container, id)).attempts_left == 10
    with pytest.raises(IncorrectCode):
        await check(container, wrong_code(code), id=id)
    assert await check(container, code, id=id)
    assert await start_verification(container), "the approval has cleared the count"


async def test_failures_are_forgotten_thirty_days_after_the_last(make_container, clock):
    """By the time that is stored, not by a TTL."""
    async with make_container(attempts=10, limit_sends_per_number="off") as container:
        await fail_attempts(container, 9)
        clock.tick(seconds=30 * 86400 - 1)
        await fail_attempts(container, 1)
        with pytest.raises(TooManyAttempts):
            await start_verification(container)

        clock.tick(seconds=30 * 86400)
        await fail_attempts(container, 9)
        assert await start_verification(container)


async def test_unlock_ends_the_lock(locked):
    container, _ = locked

    assert await unlock_number(
        PHONE, apps=["bank", "dev"], encryption=container.store.encryption, numbers=container.numbers
    )

    assert await start_verification(container)
