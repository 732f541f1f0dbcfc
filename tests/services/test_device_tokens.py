"""Device tokens: strangers cannot use up the owner's share."""

from datetime import date

import pytest

from app.domain.errors import RateLimited, TooManyAttempts
from app.services.parts.device_tokens import is_known_device, issue_device_token
from tests.support.actions import ask, ask_again, ask_for_code, check, fail
from tests.support.builders import OTHER_PHONE, PHONE

DAY_MS = 86_400_000
TODAY = date(2026, 11, 22)  # any day: it is an argument of what is tested with it
AT = (TODAY - date(1970, 1, 1)).days * DAY_MS + 1


async def approve(container, **changes):
    """Log in once, as the owner did before the trouble began."""
    id, code = await ask_for_code(container, **changes)
    return (await check(container, code, id=id, app=changes.get("app", "dev"))).device_token


async def test_a_strangers_ten_requests_leave_the_owner_a_share_of_the_same_size(make_container):
    async with make_container(limit_sends_per_number="10/d") as container:
        token = await approve(container)
        for _ in range(9):
            await ask(container)
        with pytest.raises(RateLimited):
            await ask(container)

        for _ in range(10):
            assert await ask(container, device_token=token)
        with pytest.raises(RateLimited):
            await ask(container, device_token=token)


async def test_a_resend_draws_on_the_share_that_its_verification_began_with(make_container, clock):
    async with make_container(limit_sends_per_number="3/h") as container:
        token = await approve(container)
        standing = await ask(container, device_token=token)
        clock.tick(seconds=30)
        await ask_again(container, standing.id)

        for _ in range(2):
            await ask(container)
        assert await ask(container, device_token=token)
        with pytest.raises(RateLimited):
            await ask(container, device_token=token)


async def test_it_passes_the_waits_after_wrong_codes_but_not_the_lock(make_container, clock):
    """Ten wrong guesses of a stranger make new requests wait; the owner's own device need not."""
    async with make_container(limit_sends_per_number="off", attempts=10) as container:
        token = await approve(container)
        await fail(container, 10)
        with pytest.raises(TooManyAttempts):
            await ask(container)
        assert await ask(container, device_token=token)

        for _ in range(9):
            clock.tick(seconds=3600)
            await fail(container, 10)
        with pytest.raises(TooManyAttempts):
            await ask(container, device_token=token)


async def test_it_is_for_its_app_and_number_alone(make_container):
    async with make_container(limit_sends_per_number="1/h") as container:
        token = await approve(container)
        await ask(container, OTHER_PHONE)

        for changes in ({"number": OTHER_PHONE}, {"app": "bank"}):
            with pytest.raises(RateLimited):
                await ask(container, **changes, device_token=token)
        assert await ask(container, device_token=token)


@pytest.mark.parametrize("said", ["", "dt_", "x", "dt_1_", "dt_99999999_x", f"dt_20779_{'A' * 22}", "dt_20779_é"])
def test_a_token_that_is_not_ours_is_as_good_as_none(tools_keyring, said):
    assert not is_known_device(said, app="dev", e164=PHONE, today=TODAY, keyring=tools_keyring)


@pytest.mark.parametrize(("age", "known"), [(-2, False), (-1, True), (0, True), (90, True), (91, False)])
def test_it_lives_for_ninety_days(tools_keyring, age, known):
    """A day ahead is allowed: it is issued by Redis' clock, which may be past midnight first."""
    token = issue_device_token("dev", PHONE, at=AT - age * DAY_MS, keyring=tools_keyring)

    assert is_known_device(token, app="dev", e164=PHONE, today=TODAY, keyring=tools_keyring) == known


@pytest.fixture
async def tools_keyring(container):
    return container.keyring
