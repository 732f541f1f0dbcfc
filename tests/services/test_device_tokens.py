"""Device tokens: known devices have their own limits and waits."""

from datetime import date

import pytest

from app.domain.errors import RateLimited, TooManyAttempts
from app.services.parts.device_tokens import is_known_device, issue_device_token
from tests.support.actions import check, fail_attempts, resend, start_verification, start_with_code
from tests.support.builders import OTHER_PHONE, PHONE

DAY_MS = 86_400_000
TODAY = date(2026, 11, 22)  # any day: the tested functions take it as an argument
AT = (TODAY - date(1970, 1, 1)).days * DAY_MS + 1


async def approve(container, **changes):
    """Approve a verification and return its device token."""
    id, code = await start_with_code(container, **changes)
    return (await check(container, code, id=id, app=changes.get("app", "dev"))).device_token


async def test_a_known_device_has_its_own_sends_per_number(make_container):
    async with make_container(limit_sends_per_number="10/d") as container:
        token = await approve(container)
        for _ in range(9):
            await start_verification(container)
        with pytest.raises(RateLimited):
            await start_verification(container)

        for _ in range(10):
            assert await start_verification(container, device_token=token)
        with pytest.raises(RateLimited):
            await start_verification(container, device_token=token)


async def test_a_resend_spends_the_limit_of_its_first_send(make_container, clock):
    async with make_container(limit_sends_per_number="3/h") as container:
        token = await approve(container)
        verification = await start_verification(container, device_token=token)
        clock.tick(seconds=30)
        await resend(container, verification.id)

        for _ in range(2):
            await start_verification(container)
        assert await start_verification(container, device_token=token)
        with pytest.raises(RateLimited):
            await start_verification(container, device_token=token)


async def test_a_known_device_skips_waits_but_not_the_lock(make_container, clock):
    """Ten wrong codes of a stranger make new requests wait; a known device is exempt until the lock."""
    async with make_container(limit_sends_per_number="off", attempts=10) as container:
        token = await approve(container)
        await fail_attempts(container, 10)
        with pytest.raises(TooManyAttempts):
            await start_verification(container)
        assert await start_verification(container, device_token=token)

        for _ in range(9):
            clock.tick(seconds=3600)
            await fail_attempts(container, 10)
        with pytest.raises(TooManyAttempts):
            await start_verification(container, device_token=token)


async def test_a_device_token_is_valid_for_its_app_and_number_only(make_container):
    async with make_container(limit_sends_per_number="1/h") as container:
        token = await approve(container)
        await start_verification(container, OTHER_PHONE)

        for changes in ({"number": OTHER_PHONE}, {"app": "bank"}):
            with pytest.raises(RateLimited):
                await start_verification(container, **changes, device_token=token)
        assert await start_verification(container, device_token=token)


@pytest.mark.parametrize("token", ["", "dt_", "x", "dt_1_", "dt_99999999_x", f"dt_20779_{'A' * 22}", "dt_20779_é"])
def test_an_invalid_token_is_no_known_device(keyring, token):
    assert not is_known_device(token, app="dev", e164=PHONE, today=TODAY, keyring=keyring)


@pytest.mark.parametrize(("age", "known"), [(-2, False), (-1, True), (0, True), (90, True), (91, False)])
def test_a_device_token_expires_after_ninety_days(keyring, age, known):
    """One day ahead is accepted: Redis' clock, which dates the token, may pass midnight first."""
    token = issue_device_token("dev", PHONE, at=AT - age * DAY_MS, keyring=keyring)

    assert is_known_device(token, app="dev", e164=PHONE, today=TODAY, keyring=keyring) == known


@pytest.fixture
async def keyring(container):
    return container.keyring
