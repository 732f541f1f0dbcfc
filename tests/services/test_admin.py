"""What only an operator does."""

import asyncio

import pytest

from app.domain.errors import DestinationBlocked, InvalidPhoneNumber, NoPendingVerification, TooManyAttempts
from app.services.admin import (
    block_number,
    drop_job,
    forget_number,
    list_jobs,
    replay_job,
    unblock_number,
    unlock_number,
)
from tests.support.actions import ask, ask_for_code, check, wrong
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.queues import take_one


async def test_any_spelling_blocks_and_unblocks_a_number(tools):
    await block_number("0031 6 1234 5678", keyring=tools.keyring, numbers=tools.numbers)
    with pytest.raises(DestinationBlocked):
        await ask(tools)
    with pytest.raises(DestinationBlocked):
        await ask(tools, app="bank")

    assert await unblock_number(PHONE, keyring=tools.keyring, numbers=tools.numbers)
    assert await ask(tools)
    assert not await unblock_number(PHONE, keyring=tools.keyring, numbers=tools.numbers)


async def test_an_unlock_reaches_all_apps(make_tools):
    async with make_tools(attempts=10, limit_sends_per_number="off") as tools:
        for app in ("dev", "bank"):
            id, code = await ask_for_code(tools, app=app)
            guesses = (check(tools, wrong(code), id=id, app=app) for _ in range(10))
            await asyncio.gather(*guesses, return_exceptions=True)
            with pytest.raises(TooManyAttempts):
                await ask(tools, app=app)

        assert await unlock_number(PHONE, apps=["dev", "bank"], keyring=tools.keyring, numbers=tools.numbers)
        assert not await unlock_number(PHONE, apps=["dev", "bank"], keyring=tools.keyring, numbers=tools.numbers)
        assert await ask(tools)
        assert await ask(tools, app="bank")


async def test_a_forgotten_number_begins_anew(tools):
    pending, code = await ask_for_code(tools)
    for _ in range(2):
        await ask(tools, app="bank")
    other, other_code = await ask_for_code(tools, OTHER_PHONE)

    assert await forget_number(PHONE, apps=["dev", "bank"], keyring=tools.keyring, numbers=tools.numbers) > 0

    with pytest.raises(NoPendingVerification):
        await check(tools, code, id=pending)
    assert (await ask(tools)).left.resend_at is not None
    assert await check(tools, other_code, id=other)


async def test_a_blocked_number_stays_blocked_when_it_is_forgotten(tools):
    await block_number(PHONE, keyring=tools.keyring, numbers=tools.numbers)
    await forget_number(PHONE, apps=["dev"], keyring=tools.keyring, numbers=tools.numbers)

    with pytest.raises(DestinationBlocked):
        await ask(tools)


async def test_what_is_no_number_is_refused(tools):
    with pytest.raises(InvalidPhoneNumber):
        await block_number("0612345678", keyring=tools.keyring, numbers=tools.numbers)


async def test_dead_jobs_are_listed_replayed_and_dropped(tools):
    for send in "12":
        await tools.queue.bury(await take_one(tools, send=send), why="unsure")
    first, second = await list_jobs(tools.dead_letters)

    assert await replay_job(first.id, tools.dead_letters)
    assert await drop_job(second.id, tools.dead_letters)

    assert await list_jobs(tools.dead_letters) == []
    assert not await replay_job(first.id, tools.dead_letters)
    assert not await drop_job(second.id, tools.dead_letters)
    assert [job.fields["send"] for job in await tools.queue.take("sends", "w", most=10)] == ["1"]
