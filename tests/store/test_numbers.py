"""Operator actions on a number: block, unblock and forget."""

import asyncio

import pytest

from app.domain.errors import NoPendingVerification
from app.domain.gateway import Refused
from app.domain.status import Reason
from tests.support.actions import check, read_verification, start_verification, start_with_code, wrong_code
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.messages import GATEWAY, open_message, record_outcome


async def test_number_is_blocked_and_unblocked(container):
    await container.numbers.block("name")
    await container.numbers.block("name")

    assert await container.numbers.unblock("name", apps=[])
    assert not await container.numbers.unblock("name", apps=[])


async def test_unblocking_removes_block_and_opt_out(container):
    """Unblocking removes both the block and the opt-out."""
    job = await open_message(container)
    await record_outcome(container, Refused("no", reason=Reason.OPTED_OUT))
    name = container.store.encryption.name_number(PHONE)
    await container.numbers.block(name)
    assert (await container.messages.read_send(job)).opted_out_at == GATEWAY

    assert await container.numbers.unblock(name, apps=["dev"])

    assert (await container.messages.read_send(job)).opted_out_at == ""
    assert not await container.numbers.unblock(name, apps=["dev"])


async def test_unblocking_removes_an_opt_out_without_a_block(container):
    job = await open_message(container)
    await record_outcome(container, Refused("no", reason=Reason.OPTED_OUT))

    assert await container.numbers.unblock(container.store.encryption.name_number(PHONE), apps=[])

    assert (await container.messages.read_send(job)).opted_out_at == ""


async def test_at_most_a_hundred_thousand_numbers_are_blocked(container, redis, key):
    await redis.sadd(key("blocked"), *(f"name-{number}" for number in range(100_000)))

    assert not await container.numbers.block("one more")
    await container.numbers.unblock("name-7", apps=[])
    await container.numbers.block("one more")


async def test_forgetting_a_number_deletes_all_its_keys(container, redis, key):
    """Its codes end; the codes of another number stay valid."""
    name = container.store.encryption.name_number(PHONE)
    id, code = await start_with_code(container)
    await asyncio.gather(check(container, wrong_code(code), id=id), return_exceptions=True)
    other = await start_verification(container, OTHER_PHONE)

    await open_message(container)  # for another code of the same number

    assert await container.numbers.forget("dev", name) == 10

    stored_keys = [stored_key.decode() async for stored_key in redis.scan_iter(f"{key()}:*")]
    assert not [stored_key for stored_key in stored_keys if name in stored_key or id in stored_key]
    assert (await read_verification(container, other.id)).attempts_left == 5
    with pytest.raises(NoPendingVerification):
        await check(container, code, id=id)


async def test_a_revocation_survives_that_its_number_is_forgotten(container, redis, key):
    """Else a stolen device token would be valid again."""
    name = container.store.encryption.name_number(PHONE)
    id, code = await start_with_code(container)
    await asyncio.gather(check(container, wrong_code(code), id=id), return_exceptions=True)
    await container.numbers.revoke_devices("dev", name)
    revoked_at = await redis.hget(key("number", "dev", name), "devices_revoked")

    await container.numbers.forget("dev", name)

    assert await redis.hgetall(key("number", "dev", name)) == {b"devices_revoked": revoked_at}
    assert 90 < await redis.ttl(key("number", "dev", name)) / 86_400 <= 91


async def test_forgetting_an_unknown_number_deletes_nothing(container):
    assert await container.numbers.forget("dev", "unknown") == 0
