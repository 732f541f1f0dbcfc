"""forget_number: nothing of a number stays, but for when its device tokens were revoked."""

import asyncio

import pytest

from app.domain.errors import RateLimited
from tests.support.actions import check, start_verification, start_with_code
from tests.support.builders import PHONE


@pytest.fixture
async def number(container, key):
    """The key and the name of a number with an approval, and its device token."""
    id, code = await start_with_code(container)
    token = (await check(container, code, id=id)).device_token
    name = container.store.encryption.name_number(PHONE)
    return key("number", "dev", name), name, token


async def test_forgetting_deletes_what_is_stored_of_a_number(container, redis, number):
    stored, name, _ = number
    assert await redis.exists(stored)

    assert await container.numbers.forget("dev", name) > 0
    assert not await redis.exists(stored)
    assert await container.numbers.forget("dev", name) == 0


async def test_a_revocation_racing_with_forgetting_stays(container, redis, number, clock):
    """Whichever is first: a token that was stolen stays revoked."""
    stored, name, token = number
    clock.tick(seconds=1)
    numbers = container.numbers

    await asyncio.gather(
        numbers.revoke_devices("dev", name),
        *(numbers.forget("dev", name) for _ in range(5)),
        numbers.forget("dev", name),
    )

    assert await redis.hkeys(stored) == [b"devices_revoked"]
    assert await redis.pttl(stored) > 90 * 86_400_000
    for _ in range(3):
        await start_verification(container)
    with pytest.raises(RateLimited):
        await start_verification(container, device_token=token)
