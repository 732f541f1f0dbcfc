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


async def test_a_number_is_blocked_and_unblocked(tools):
    await tools.numbers.block("name")
    await tools.numbers.block("name")

    assert await tools.numbers.unblock("name")
    assert not await tools.numbers.unblock("name")


async def test_a_number_that_opted_out_is_remembered_until_it_is_opened(tools):
    """Blocked or not: to open it is to forget both."""
    job = await open_message(tools)
    await settle(tools, Refused("no", reason=Reason.OPTED_OUT))
    name = name_number(PHONE, tools.keyring)
    await tools.numbers.block(name)
    assert (await tools.messages.look(job)).opted_out_at == GATEWAY

    assert await tools.numbers.unblock(name)

    assert (await tools.messages.look(job)).opted_out_at == ""
    assert not await tools.numbers.unblock(name)


async def test_an_opt_out_alone_is_forgotten_too(tools):
    job = await open_message(tools)
    await settle(tools, Refused("no", reason=Reason.OPTED_OUT))

    assert await tools.numbers.unblock(name_number(PHONE, tools.keyring))

    assert (await tools.messages.look(job)).opted_out_at == ""


async def test_a_hundred_thousand_are_blocked_and_no_more(tools, redis, key):
    await redis.sadd(key("blocked"), *(f"name-{number}" for number in range(100_000)))

    assert not await tools.numbers.block("one more")
    await tools.numbers.unblock("name-7")
    await tools.numbers.block("one more")


async def test_nothing_of_a_forgotten_number_is_left(tools, redis, key):
    """Its codes end with it; another number's stay."""
    name = name_number(PHONE, tools.keyring)
    id, code = await ask_for_code(tools)
    await asyncio.gather(check(tools, wrong(code), id=id), return_exceptions=True)
    other = await ask(tools, OTHER_PHONE)

    await open_message(tools)  # of another code of the same number

    assert await tools.numbers.forget("dev", name) == 9

    left = [kept.decode() async for kept in redis.scan_iter(f"{key()}:*")]
    assert not [kept for kept in left if name in kept or id in kept]
    assert (await look(tools, other.id)).attempts_left == 5
    with pytest.raises(NoPendingVerification):
        await check(tools, code, id=id)


async def test_an_unknown_number_is_forgotten_without_a_word(tools):
    assert await tools.numbers.forget("dev", "nobody") == 0
