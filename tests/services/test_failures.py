"""Wrong codes of a number, counted over its verifications: growing waits, then a lock."""

import asyncio

import pytest

from app.domain.errors import (
    TooManyAttempts,
)
from app.services.admin import unlock_number
from tests.support.actions import check, fail_attempts, start_verification, start_with_code, wrong_code
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


@pytest.fixture
async def locked(make_container, clock):
    """A container whose number has a hundred failures, and one verification requested before the lock."""
    async with make_container(attempts=10, limit_sends_per_number="off", code_lifetime=600) as container:
        for _ in range(9):
            await fail_attempts(container, 10)
            clock.tick(seconds=3600)
        spare = await start_with_code(container)
        await fail_attempts(container, 10)
        yield container, spare


async def test_a_hundred_failures_lock_the_number_for_a_day(locked, clock):
    """NIST SP 800-63B-4 §3.2.2: at most a hundred in a row. Then the count is ten; the next failure waits 60 s."""
    container, (id, code) = locked

    with pytest.raises(TooManyAttempts) as refused:
        await start_verification(container)
    assert refused.value.retry_after == 86400
    with pytest.raises(TooManyAttempts):
        await check(container, code, id=id)

    clock.tick(seconds=86400, ms=-1)
    with pytest.raises(TooManyAttempts):
        await start_verification(container)
    clock.tick(ms=1)
    await fail_attempts(container, 1)
    with pytest.raises(TooManyAttempts) as refused:
        await start_verification(container)
    assert refused.value.retry_after == 60


async def test_unlock_ends_the_lock(locked):
    container, (id, code) = locked

    assert await unlock_number(
        PHONE, apps=["bank", "dev"], encryption=container.store.encryption, numbers=container.numbers
    )

    assert await start_verification(container)
    assert await check(container, code, id=id)
