"""unlock_number: end the wait or lock of a number and set its failure count to 10."""

import asyncio

import pytest

from tests.support.actions import check, start_verification, start_with_code, wrong_code
from tests.support.builders import PHONE


@pytest.fixture
async def waiting(container, redis, key):
    """The Redis key and the name of a number with twelve failures."""
    name = container.store.encryption.name_number(PHONE)
    windows = [key("sends", name), key("sends", "dev", name)]
    for _ in range(3):
        id, code = await start_with_code(container)
        await asyncio.gather(*(check(container, wrong_code(code), id=id) for _ in range(4)), return_exceptions=True)
        await redis.hdel(key("number", "dev", name), "wait_until")
        await redis.delete(*windows)
    await redis.hset(key("number", "dev", name), "wait_until", 2**50)
    return key("number", "dev", name), name


async def test_one_of_many_racing_operators_unlocks(container, redis, waiting):
    number, name = waiting

    answers = await asyncio.gather(*(container.numbers.unlock("dev", name) for _ in range(20)))

    assert answers.count(True) == 1
    fields = await redis.hgetall(number)
    assert fields.pop(b"failed_at")
    assert fields == {b"failures": b"10"}
    assert await start_verification(container)


async def test_failures_racing_with_an_unlock_are_counted(container, redis, waiting):
    """Three wrong guesses race with the unlock: those after it count from 10, those before it are reset."""
    number, name = waiting
    await redis.hdel(number, "wait_until")
    id, code = await start_with_code(container)
    await redis.hset(number, "wait_until", 2**50)

    await asyncio.gather(
        *(check(container, wrong_code(code), id=id) for _ in range(2)),
        container.numbers.unlock("dev", name),
        check(container, wrong_code(code), id=id),
        return_exceptions=True,
    )

    count = int(await redis.hget(number, "failures"))
    assert 10 <= count <= 13
    assert bool(await redis.hexists(number, "wait_until")) == (count > 10)


async def test_unlocking_a_free_number_changes_nothing(container, redis, key):
    id, code = await start_with_code(container)
    await asyncio.gather(check(container, wrong_code(code), id=id), return_exceptions=True)
    name = container.store.encryption.name_number(PHONE)

    assert not await container.numbers.unlock("dev", name)
    assert not await container.numbers.unlock("bank", name)
    assert await redis.hget(key("number", "dev", name), "failures") == b"1"
