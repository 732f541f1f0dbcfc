"""revoke_devices: the device tokens that a number has earned make no known device any more."""

import asyncio

import pytest

from app.domain.errors import RateLimited
from tests.support.actions import check, start_verification, start_with_code
from tests.support.builders import PHONE

SENDS = [("device_sends", "dev"), ("sends", "dev")]  # of known devices, and of all others


async def approve(container):
    """Approve a verification and return its device token."""
    id, code = await start_with_code(container)
    return (await check(container, code, id=id)).device_token


async def test_a_revoked_token_makes_no_known_device(make_container, clock):
    async with make_container(limit_sends_per_number="2/h") as container:
        old = await approve(container)
        name = container.store.encryption.name_number(PHONE)
        await container.numbers.revoke_devices("dev", name)
        clock.tick(ms=1)
        new = await approve(container)

        with pytest.raises(RateLimited):
            await start_verification(container, device_token=old)
        assert await start_verification(container, device_token=new)


async def test_requests_racing_with_a_revocation_are_decided_before_or_after_it(make_container):
    async with make_container(limit_sends_per_number="20/d") as container:
        token = await approve(container)
        name = container.store.encryption.name_number(PHONE)
        calls = [start_verification(container, device_token=token) for _ in range(4)]

        await asyncio.gather(calls[0], container.numbers.revoke_devices("dev", name), *calls[1:])

        windows = [await container.store.redis.get(container.store.key(*one, name)) or b"" for one in SENDS]
    assert sum(len(window) // 13 for window in windows) == 5
    assert len(windows[0]) // 13 <= 2
