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


async def test_any_spelling_blocks_and_unblocks_a_number(container):
    await block_number("0031 6 1234 5678", keyring=container.keyring, numbers=container.numbers)
    with pytest.raises(DestinationBlocked):
        await ask(container)
    with pytest.raises(DestinationBlocked):
        await ask(container, app="bank")

    assert await unblock_number(PHONE, keyring=container.keyring, numbers=container.numbers)
    assert await ask(container)
    assert not await unblock_number(PHONE, keyring=container.keyring, numbers=container.numbers)


async def test_an_unlock_reaches_all_apps(make_container):
    async with make_container(attempts=10, limit_sends_per_number="off") as container:
        for app in ("dev", "bank"):
            id, code = await ask_for_code(container, app=app)
            guesses = (check(container, wrong(code), id=id, app=app) for _ in range(10))
            await asyncio.gather(*guesses, return_exceptions=True)
            with pytest.raises(TooManyAttempts):
                await ask(container, app=app)

        assert await unlock_number(PHONE, apps=["dev", "bank"], keyring=container.keyring, numbers=container.numbers)
        assert not await unlock_number(
            PHONE, apps=["dev", "bank"], keyring=container.keyring, numbers=container.numbers
        )
        assert await ask(container)
        assert await ask(container, app="bank")


async def test_a_forgotten_number_begins_anew(container):
    pending, code = await ask_for_code(container)
    for _ in range(2):
        await ask(container, app="bank")
    other, other_code = await ask_for_code(container, OTHER_PHONE)

    assert await forget_number(PHONE, apps=["dev", "bank"], keyring=container.keyring, numbers=container.numbers) > 0

    with pytest.raises(NoPendingVerification):
        await check(container, code, id=pending)
    assert (await ask(container)).left.resend_at is not None
    assert await check(container, other_code, id=other)


async def test_a_blocked_number_stays_blocked_when_it_is_forgotten(container):
    await block_number(PHONE, keyring=container.keyring, numbers=container.numbers)
    await forget_number(PHONE, apps=["dev"], keyring=container.keyring, numbers=container.numbers)

    with pytest.raises(DestinationBlocked):
        await ask(container)


async def test_what_is_no_number_is_refused(container):
    with pytest.raises(InvalidPhoneNumber):
        await block_number("0612345678", keyring=container.keyring, numbers=container.numbers)


async def test_dead_jobs_are_listed_replayed_and_dropped(container):
    for send in "12":
        await container.queue.bury(await take_one(container, send=send), why="unsure")
    first, second = await list_jobs(container.dead_letters)

    assert await replay_job(first.id, container.dead_letters)
    assert await drop_job(second.id, container.dead_letters)

    assert await list_jobs(container.dead_letters) == []
    assert not await replay_job(first.id, container.dead_letters)
    assert not await drop_job(second.id, container.dead_letters)
    assert [job.fields["send"] for job in await container.queue.take("sends", "w", most=10)] == ["1"]
