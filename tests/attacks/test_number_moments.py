"""A stranger polls a number to learn when it last asked for a code, or was guessed at."""

import pytest

from app.domain.address import read_address
from app.domain.errors import RateLimited, TooManyAttempts
from tests.support.actions import check, resend, send_wrong_codes, start_verification, start_with_code
from tests.support.builders import PHONE
from tests.support.stores import ENGINE

FIVE_MINUTES_MS = 300_000
OWNER = read_address("203.0.113.7")
pytestmark = pytest.mark.parametrize("store_url", [ENGINE], indirect=True)


@pytest.fixture
def at_a_full_hour(clock):
    """Set the clock to a full hour: a full five minutes of the clock."""
    clock.now += 3_600_000 - clock.now % 3_600_000
    return clock


async def poll(container, **changes):
    """Request a code as a stranger; return the moment from which it may, by its answer, or None if it was sent."""
    try:
        await start_verification(container, is_backend=False, **changes)
    except (RateLimited, TooManyAttempts) as refused:
        return int(container.clock() + refused.retry_after) * 1000
    return None


@pytest.mark.parametrize("seconds", [1, 90, 299])
async def test_the_moment_of_the_last_request_is_answered_in_full_five_minutes(make_container, at_a_full_hour, seconds):
    """E8: and it is held to: no call passes before the moment in the answer."""
    clock = at_a_full_hour
    start = clock.now
    clock.tick(seconds=seconds)
    async with make_container(limit_sends_per_number="1/10min") as container:
        await start_verification(container, address=OWNER)

        answered = set()
        while clock.now < start + 3 * FIVE_MINUTES_MS - 1:
            answered.add(await poll(container))
            clock.tick(seconds=60)
        clock.now = start + 3 * FIVE_MINUTES_MS - 1
        answered.add(await poll(container))
        clock.tick(ms=1)

        assert answered == {start + 3 * FIVE_MINUTES_MS}
        assert await poll(container) is None


async def test_a_secret_key_gets_the_exact_moment(make_container, at_a_full_hour):
    clock = at_a_full_hour
    clock.tick(seconds=7)
    async with make_container(limit_sends_per_number="1/10min") as container:
        await start_verification(container)
        with pytest.raises(RateLimited) as refused:
            await start_verification(container)
        assert refused.value.retry_after == 600
        clock.tick(seconds=600)
        assert await start_verification(container)


async def test_the_moment_of_the_last_wrong_code_is_answered_in_full_five_minutes(make_container, at_a_full_hour):
    """A wait of 30 seconds says when a code was guessed; so it is up to five minutes for a publishable key."""
    clock = at_a_full_hour
    start = clock.now
    clock.tick(seconds=17)
    async with make_container(attempts=10, limit_sends_per_number="off") as container:
        id, code = await start_with_code(container)
        await send_wrong_codes(container, 10, code, id=id)

        assert await poll(container) == start + FIVE_MINUTES_MS
        clock.now = start + FIVE_MINUTES_MS - 1
        assert await poll(container) == start + FIVE_MINUTES_MS
        with pytest.raises(TooManyAttempts) as spent:
            await check(container, code, id=id, is_backend=False)
        assert spent.value.retry_after == 1
        clock.tick(ms=1)
        assert await poll(container) is None


async def test_resend_at_beyond_the_cooldown_is_a_full_five_minutes_and_held_to(make_container, at_a_full_hour):
    clock = at_a_full_hour
    start = clock.now
    async with make_container(limit_sends_per_number="2/4min", code_lifetime=600) as container:
        clock.tick(seconds=11)
        await start_verification(container, address=OWNER)
        clock.tick(seconds=11)
        pending = await start_verification(container, is_backend=False)
        assert pending.resend_at == start + FIVE_MINUTES_MS

        clock.now = start + FIVE_MINUTES_MS - 1
        with pytest.raises(RateLimited):
            await resend(container, pending.id, is_backend=False)
        clock.tick(ms=1)
        assert await resend(container, pending.id, is_backend=False)


async def test_the_cooldown_of_an_own_verification_is_exact(make_container, at_a_full_hour):
    at_a_full_hour.tick(seconds=11)
    async with make_container() as container:
        pending = await start_verification(container, PHONE, is_backend=False)

        assert pending.resend_at - pending.now == 30_000
