"""Wrong codes of a number, counted over its verifications: new ones wait, and in the end all is refused."""

import asyncio

import pytest

from app.domain.errors import (
    TooManyAttempts,
)
from app.services.admin import unlock_number
from tests.support.actions import ask, ask_for_code, check, fail, wrong
from tests.support.builders import OTHER_PHONE, PHONE


async def test_a_wait_doubles_from_the_tenth_failure_to_an_hour(make_tools, clock):
    """Ten wrong codes are no longer a typing person; only new verifications wait."""
    async with make_tools(attempts=10, limit_sends_per_number="off") as tools:
        await fail(tools, 9)
        waits = []
        for _ in range(10):
            await fail(tools, 1)
            with pytest.raises(TooManyAttempts) as waiting:
                await ask(tools)
            waits.append(waiting.value.retry_after)
            clock.tick(seconds=waits[-1], ms=-1)
            with pytest.raises(TooManyAttempts):
                await ask(tools)
            clock.tick(ms=1)

    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


async def test_failures_are_counted_for_each_app_over_verifications_and_purposes(make_tools):
    async with make_tools(limit_sends_per_number="off") as tools:
        for purpose in ("login", "payment"):
            id, code = await ask_for_code(tools, purpose=purpose)
            for _ in range(5):
                await asyncio.gather(check(tools, wrong(code), id=id), return_exceptions=True)

        with pytest.raises(TooManyAttempts):
            await ask(tools)
        assert await ask(tools, app="bank")
        assert await ask(tools, OTHER_PHONE)


@pytest.fixture
async def locked(make_tools, clock):
    """Tools whose number has a hundred failures, and one more verification that was asked for in time."""
    async with make_tools(attempts=10, limit_sends_per_number="off", code_lifetime=600) as tools:
        for _ in range(9):
            await fail(tools, 10)
            clock.tick(seconds=3600)
        spare = await ask_for_code(tools)
        await fail(tools, 10)
        yield tools, spare


async def test_at_a_hundred_failures_all_is_refused_for_a_day(locked, clock):
    """NIST SP 800-63B-4 §3.2.2: at most a hundred in a row. Then the count stands at ten, so the next waits 60 s."""
    tools, (id, code) = locked

    with pytest.raises(TooManyAttempts) as refused:
        await ask(tools)
    assert refused.value.retry_after == 86400
    with pytest.raises(TooManyAttempts):
        await check(tools, code, id=id)

    clock.tick(seconds=86400, ms=-1)
    with pytest.raises(TooManyAttempts):
        await ask(tools)
    clock.tick(ms=1)
    await fail(tools, 1)
    with pytest.raises(TooManyAttempts) as refused:
        await ask(tools)
    assert refused.value.retry_after == 60


async def test_an_operator_unlocks(locked):
    tools, (id, code) = locked

    assert await unlock_number(PHONE, apps=["bank", "dev"], keyring=tools.keyring, numbers=tools.numbers)

    assert await ask(tools)
    assert await check(tools, code, id=id)
