"""Waiting until a moment: what is awaited notices nothing of it, and what never comes is given up."""

import asyncio

import pytest

from app.api.deadline import await_by


def far():
    return asyncio.get_running_loop().time() + 60


def passed():
    return asyncio.get_running_loop().time() - 1


async def at_once(value):
    return value


async def later(value, turns=3):
    for _ in range(turns):
        await asyncio.sleep(0)
    return value


async def fail(turns):
    await later(None, turns)
    raise KeyError("its own")


async def test_what_is_awaited_gives_what_it_gives():
    done = asyncio.get_running_loop().create_future()
    done.set_result("a future's")
    coming = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(coming.set_result, "another's")

    assert await await_by(far(), at_once(1)) == 1
    assert await await_by(far(), later(2)) == 2
    assert await await_by(far(), done) == "a future's"
    assert await await_by(far(), coming) == "another's"
    assert await await_by(far(), asyncio.create_task(later(3))) == 3


@pytest.mark.parametrize("turns", [0, 3])
async def test_what_it_raises_is_its_own(turns):
    with pytest.raises(KeyError, match="its own"):
        await await_by(far(), fail(turns))


async def test_what_is_there_is_taken_even_when_it_is_too_late():
    assert await await_by(passed(), at_once(1)) == 1


async def test_what_does_not_come_is_given_up_and_told_so():
    """It is canceled, so that it can tidy up, and may take its time for that."""
    heard = []

    async def never():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.append("canceled")
            await later(None)
            heard.append("tidied up")
            raise

    with pytest.raises(TimeoutError):
        await await_by(passed(), never())
    assert heard == ["canceled", "tidied up"]


async def test_whoever_is_canceled_meanwhile_is_canceled_inside():
    """A caller who hangs up, or a server that stops, ends what waits; it is not mistaken for the deadline."""
    inside, heard = asyncio.Event(), []

    async def wait():
        inside.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.append("canceled")
            raise

    waiting = asyncio.create_task(await_by(far(), wait()))
    await inside.wait()
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert heard == ["canceled"]


async def test_one_that_will_not_be_given_up_gives_what_it_gives():
    async def stubborn():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "still here"

    inside = asyncio.create_task(await_by(far(), stubborn()))
    await asyncio.sleep(0)
    inside.cancel()

    assert await inside == "still here"
