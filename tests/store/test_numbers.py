"""What an operator may do to a number."""

import asyncio

import pytest

from app.domain.errors import NoPendingVerification
from app.domain.gateway import Refused
from app.domain.status import Reason
from app.services.parts.number_encryption import name_number
from tests.support.actions import ask, ask_for_code, check, look, wrong
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.messages import GATEWAY, open_message, settle


async def test_a_number_is_blocked_and_unblocked(container):
    await container.numbers.block("name")
    await container.numbers.block("name")

    assert await container.numbers.unblock("name")
    assert not await container.numbers.unblock("name")


async def test_a_number_that_opted_out_is_remembered_until_it_is_opened(container):
    """Blocked or not: to open it is to forget both."""
    job = await open_message(container)
    await settle(container, Refused("no", reason=Reason.OPTED_OUT))
    name = name_number(PHONE, container.keyring)
    await container.numbers.block(name)
    assert (await container.messages.look(job)).opted_out_at == GATEWAY

    assert await container.numbers.unblock(name)

    assert (await container.messages.look(job)).opted_out_at == ""
    assert not await container.numbers.unblock(name)


async def test_an_opt_out_alone_is_forgotten_too(container):
    job = await open_message(container)
    await settle(container, Refused("no", reason=Reason.OPTED_OUT))

    assert await container.numbers.unblock(name_number(PHONE, container.keyring))

    assert (await container.messages.look(job)).opted_out_at == ""


async def test_a_hundred_thousand_are_blocked_and_no_more(container, redis, key):
    await redis.sadd(key("blocked"), *(f"name-{number}" for number in range(100_000)))

    assert not await container.numbers.block("one more")
    await container.numbers.unblock("name-7")
    await container.numbers.block("one more")


async def test_nothing_of_a_forgotten_number_is_left(container, redis, key):
    """Its codes end with it; another number's stay."""
    name = name_number(PHONE, container.keyring)
    id, code = await ask_for_code(container)
    await asyncio.gather(check(container, wrong(code), id=id), return_exceptions=True)
    other = await ask(container, OTHER_PHONE)

    await open_message(container)  # of another code of the same number

    assert await container.numbers.forget("dev", name) == 9

    left = [kept.decode() async for kept in redis.scan_iter(f"{key()}:*")]
    assert not [kept for kept in left if name in kept or id in kept]
    assert (await look(container, other.id)).attempts_left == 5
    with pytest.raises(NoPendingVerification):
        await check(container, code, id=id)


async def test_an_unknown_number_is_forgotten_without_a_word(container):
    assert await container.numbers.forget("dev", "nobody") == 0
