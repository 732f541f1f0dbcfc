"""Operator commands on numbers and dead jobs."""

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
from tests.support.actions import check, start_verification, start_with_code, wrong_code
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.queues import add_and_take_job


async def test_block_and_unblock_accept_any_spelling_of_a_number(container):
    await block_number("0031 6 1234 5678", encryption=container.store.encryption, numbers=container.numbers)
    with pytest.raises(DestinationBlocked):
        await start_verification(container)
    with pytest.raises(DestinationBlocked):
        await start_verification(container, app="bank")

    assert await unblock_number(
        PHONE, apps=["dev", "bank"], encryption=container.store.encryption, numbers=container.numbers
    )
    assert await start_verification(container)
    assert not await unblock_number(
        PHONE, apps=["dev", "bank"], encryption=container.store.encryption, numbers=container.numbers
    )


async def test_unlock_covers_all_apps(make_container):
    async with make_container(attempts=10, limit_sends_per_number="off") as container:
        for app in ("dev", "bank"):
            id, code = await start_with_code(container, app=app)
            guesses = (check(container, wrong_code(code), id=id, app=app) for _ in range(10))
            await asyncio.gather(*guesses, return_exceptions=True)
            with pytest.raises(TooManyAttempts):
                await start_verification(container, app=app)

        assert await unlock_number(
            PHONE, apps=["dev", "bank"], encryption=container.store.encryption, numbers=container.numbers
        )
        assert not await unlock_number(
            PHONE, apps=["dev", "bank"], encryption=container.store.encryption, numbers=container.numbers
        )
        assert await start_verification(container)
        assert await start_verification(container, app="bank")


async def test_forget_number_deletes_its_verifications_and_limits(container):
    pending, code = await start_with_code(container)
    for _ in range(2):
        await start_verification(container, app="bank")
    other, other_code = await start_with_code(container, OTHER_PHONE)

    assert (
        await forget_number(
            PHONE, apps=["dev", "bank"], encryption=container.store.encryption, numbers=container.numbers
        )
        > 0
    )

    with pytest.raises(NoPendingVerification):
        await check(container, code, id=pending)
    assert (await start_verification(container)).resend_at is not None
    assert await check(container, other_code, id=other)


async def test_forget_number_keeps_the_block(container):
    await block_number(PHONE, encryption=container.store.encryption, numbers=container.numbers)
    await forget_number(PHONE, apps=["dev"], encryption=container.store.encryption, numbers=container.numbers)

    with pytest.raises(DestinationBlocked):
        await start_verification(container)


async def test_block_refuses_an_invalid_number(container):
    with pytest.raises(InvalidPhoneNumber):
        await block_number("0612345678", encryption=container.store.encryption, numbers=container.numbers)


async def test_dead_jobs_are_listed_replayed_and_dropped(container):
    for send in "12":
        await container.queue.bury(await add_and_take_job(container, send=send), why="unsure")
    first, second = await list_jobs(container.dead_letters)

    assert await replay_job(first.id, container.dead_letters)
    assert await drop_job(second.id, container.dead_letters)

    assert await list_jobs(container.dead_letters) == []
    assert not await replay_job(first.id, container.dead_letters)
    assert not await drop_job(second.id, container.dead_letters)
    assert [job.fields["send"] for job in await container.queue.take("sends", "w", most=10)] == ["1"]
