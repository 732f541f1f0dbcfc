"""unlock_number: waits and locks end; the count stands at 10."""

import asyncio

import pytest

from app.services.parts.number_encryption import name_number
from tests.support.actions import ask, ask_for_code, check, wrong
from tests.support.builders import PHONE


@pytest.fixture
async def waiting(container, redis, key):
    """The key and name of a number with twelve failures."""
    name = name_number(PHONE, container.keyring)
    for _ in range(3):
        id, code = await ask_for_code(container)
        await asyncio.gather(*(check(container, wrong(code), id=id) for _ in range(4)), return_exceptions=True)
        await redis.hdel(key("number", "dev", name), "wait_until")
        await redis.delete(key("sends", name))
    await redis.hset(key("number", "dev", name), "wait_until", 2**50)
    return key("number", "dev", name), name


async def test_of_racing_operators_one_unlocks(container, redis, waiting):
    number, name = waiting

    answers = await asyncio.gather(*(container.numbers.unlock("dev", name) for _ in range(20)))

    assert answers.count(True) == 1
    assert await redis.hgetall(number) == {b"failures": b"10"}
    assert await ask(container)


async def test_failures_that_race_with_an_operator_are_not_lost(container, redis, waiting):
    """Three wrong guesses beside the unlock: those after it count on from 10, those before it are forgiven."""
    number, name = waiting
    await redis.hdel(number, "wait_until")
    id, code = await ask_for_code(container)
    await redis.hset(number, "wait_until", 2**50)

    await asyncio.gather(
        *(check(container, wrong(code), id=id) for _ in range(2)),
        container.numbers.unlock("dev", name),
        check(container, wrong(code), id=id),
        return_exceptions=True,
    )

    count = int(await redis.hget(number, "failures"))
    assert 10 <= count <= 13
    assert bool(await redis.hexists(number, "wait_until")) == (count > 10)


async def test_a_free_number_is_left_alone(container, redis, key):
    id, code = await ask_for_code(container)
    await asyncio.gather(check(container, wrong(code), id=id), return_exceptions=True)
    name = name_number(PHONE, container.keyring)

    assert not await container.numbers.unlock("dev", name)
    assert not await container.numbers.unlock("bank", name)
    assert await redis.hget(key("number", "dev", name), "failures") == b"1"
