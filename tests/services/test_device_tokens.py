"""Device tokens: known devices have their own limits and waits, until their trust is spent or revoked."""

import asyncio
from datetime import date

import pytest

from app.domain.errors import RateLimited, TooManyAttempts
from app.services.parts.device_tokens import device_token_time, issue_device_token
from tests.support.actions import check, fail_attempts, resend, send_wrong_codes, start_verification, start_with_code
from tests.support.builders import OTHER_PHONE, PHONE

DAY_MS = 86_400_000
SENDS = [("device_sends", "dev"), ("sends", "dev")]  # of known devices, and of all others
TODAY = date(2026, 11, 22)  # any day: the tested functions take it as an argument
AT = (TODAY - date(1970, 1, 1)).days * DAY_MS + 1


async def approve(container, **changes):
    """Approve a verification and return its device token."""
    id, code = await start_with_code(container, **changes)
    return (await check(container, code, id=id, app=changes.get("app", "dev"))).device_token


async def test_a_known_device_has_its_own_sends_per_number(make_container):
    async with make_container(limit_sends_per_number="3/d") as container:
        token = await approve(container)
        for _ in range(2):
            await start_verification(container)
        with pytest.raises(RateLimited):
            await start_verification(container)

        assert await start_verification(container, device_token=token)


async def test_two_sends_without_an_approval_spend_the_trust_of_a_number(make_container):
    """Its tokens count as those of strangers until the next approval, whichever token is sent."""
    async with make_container(limit_sends_per_number="3/d") as container:
        token = await approve(container)
        other = await approve(container)
        await start_verification(container)
        for trusted in (token, other):
            await start_verification(container, device_token=trusted)

        for spent in (token, other):
            with pytest.raises(RateLimited):
                await start_verification(container, device_token=spent)


async def test_an_approval_renews_the_trust_of_a_number(make_container):
    async with make_container(limit_sends_per_number="20/d") as container:
        token = await approve(container)
        for _ in range(4):
            await start_verification(container, device_token=token)
            id, code = await start_with_code(container, device_token=token)
            await check(container, code, id=id)
        name = container.store.encryption.name_number(PHONE)

    assert await container.store.redis.exists(container.store.key("device_sends", "dev", name))


async def test_a_resend_spends_trust_and_then_counts_as_a_strangers(make_container, clock):
    """Else the resends of two sends would be four more."""
    async with make_container(limit_sends_per_number="3/h") as container:
        token = await approve(container)
        verification = await start_verification(container, device_token=token)
        clock.tick(seconds=30)
        await resend(container, verification.id)
        clock.tick(seconds=60)
        await resend(container, verification.id)

        await start_verification(container)  # the third of the strangers' budget, after the approved one and a resend
        with pytest.raises(RateLimited):
            await start_verification(container)


async def test_racing_sends_of_a_device_spend_its_trust_once(make_container):
    async with make_container(limit_sends_per_number="20/d", limit_device_sends_per_address="off") as container:
        token = await approve(container)

        await asyncio.gather(*(start_verification(container, device_token=token) for _ in range(10)))

        name = container.store.encryption.name_number(PHONE)
        windows = [await container.store.redis.get(container.store.key(*one, name)) for one in SENDS]
    assert [len(window) // 13 for window in windows] == [2, 9]


async def test_strangers_make_no_known_device_wait(make_container, clock):
    """Not even by 70 wrong codes, which lock the number for all others."""
    async with make_container(limit_sends_per_number="off", attempts=10) as container:
        token = await approve(container)
        for _ in range(7):
            await fail_attempts(container, 10)
            clock.tick(seconds=3600)
        with pytest.raises(TooManyAttempts) as locked:
            await start_verification(container)
        assert locked.value.retry_after == 86_400 - 3_600

        assert await start_verification(container, device_token=token)


async def test_wrong_codes_of_known_devices_make_those_wait_and_no_others(make_container):
    async with make_container(limit_sends_per_number="off", attempts=10) as container:
        token = await approve(container)
        id, code = await start_with_code(container, device_token=token)
        await send_wrong_codes(container, 10, code, id=id)

        with pytest.raises(TooManyAttempts) as waiting:
            await start_verification(container, device_token=token)
        assert waiting.value.retry_after == 30
        assert await start_verification(container)


async def test_a_device_token_is_valid_for_its_app_and_number_only(make_container):
    async with make_container(limit_sends_per_number="1/h") as container:
        token = await approve(container)
        await start_verification(container, OTHER_PHONE)

        await start_verification(container, app="bank")

        for changes in ({"number": OTHER_PHONE}, {"app": "bank"}):
            with pytest.raises(RateLimited):
                await start_verification(container, **changes, device_token=token)
        assert await start_verification(container, device_token=token)


@pytest.mark.parametrize("token", ["", "dt_", "x", "dt_1_", "dt_99999999_x", f"dt_20779_{'A' * 22}", "dt_20779_é"])
def test_an_invalid_token_is_no_known_device(keyring, token):
    assert device_token_time(token, app="dev", e164=PHONE, today=TODAY, keyring=keyring) is None


@pytest.mark.parametrize(("age", "known"), [(-2, False), (-1, True), (0, True), (90, True), (91, False)])
def test_a_device_token_expires_after_ninety_days(keyring, age, known):
    """One day ahead is accepted: Redis' clock, which dates the token, may pass midnight first."""
    token = issue_device_token("dev", PHONE, at=AT - age * DAY_MS, keyring=keyring)

    earned = device_token_time(token, app="dev", e164=PHONE, today=TODAY, keyring=keyring)
    assert earned == (AT - age * DAY_MS if known else None)


@pytest.fixture
async def keyring(container):
    return container.keyring
