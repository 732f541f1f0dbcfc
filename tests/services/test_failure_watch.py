"""The failure watch: it detects wrong codes spread over many numbers and addresses."""

import pytest

from app.domain.address import read_address
from app.domain.errors import IncorrectCode, RateLimited
from tests.support.actions import (
    attempts_of,
    check,
    raise_failure_watch,
    resend,
    send_wrong_codes,
    start_verification,
    start_with_code,
    wrong_code,
)
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.stores import ENGINE

STORE = ENGINE  # many calls: four times as fast as the embedded store

HERE = read_address("203.0.113.7")


async def test_new_verifications_get_three_attempts_while_the_watch_is_raised(container):
    """An attacker who spreads guesses over many numbers gets fewer; pending verifications keep theirs."""
    earlier = await start_verification(container, OTHER_PHONE)

    await raise_failure_watch(container)

    assert (await start_verification(container)).attempts_left == 3
    assert await attempts_of(container, earlier.id) == [5]


async def test_the_watch_needs_two_hundred_checks(container):
    for number in range(39):
        id, code = await start_with_code(container, f"+3163000{number:04d}")
        await send_wrong_codes(container, 5, code, id=id)

    assert (await start_verification(container)).attempts_left == 5


async def test_the_watch_stays_quiet_while_half_of_the_checks_succeed(make_container):
    """Half of the checks are wrong: that is no attack."""
    async with make_container(limit_sends_per_number="off") as container:
        for number in range(60):
            for _ in range(2):
                id, code = await start_with_code(container, f"+3163000{number:04d}")
                await send_wrong_codes(container, 1, code, id=id)
                await check(container, code, id=id)

        assert (await start_verification(container)).attempts_left == 5


async def test_the_watch_is_raised_above_sixty_percent_failures(make_container):
    """Of 200, 120 wrong; one more wrong one raises it."""
    async with make_container(limit_sends_per_number="off") as container:
        for number in range(40):
            id, code = await start_with_code(container, f"+3163000{number:04d}")
            await check(container, code, id=id)
            id, code = await start_with_code(container, f"+3163000{number:04d}")
            await check(container, code, id=id)
            id, code = await start_with_code(container, f"+3163000{number:04d}")
            await send_wrong_codes(container, 3, code, id=id)
        assert (await start_verification(container)).attempts_left == 5

        id, code = await start_with_code(container)
        await send_wrong_codes(container, 1, code, id=id)
        assert (await start_verification(container)).attempts_left == 3


async def test_test_numbers_do_not_count_in_the_watch(make_container):
    """Its code is no secret: anyone who knows it could raise a false alarm, or hide an attack."""
    numbers = [f"+3163000{number:04d}" for number in range(41)]
    async with make_container(test_numbers=",".join(f"{number}=042137@2099-12-31" for number in numbers)) as container:
        for number in numbers:
            verification = await start_verification(container, number)
            await send_wrong_codes(container, 5, "042137", id=verification.id)

        assert (await start_verification(container)).attempts_left == 5


async def test_a_resend_is_refused_to_an_address_with_three_failures(container, clock):
    await raise_failure_watch(container)
    id, code = await start_with_code(container, OTHER_PHONE)
    await send_wrong_codes(container, 3, code, id=id, address=HERE)
    verification = await start_verification(container)
    clock.tick(seconds=30)

    with pytest.raises(RateLimited) as refused:
        await resend(container, verification.id, address=HERE)
    assert refused.value.limit == "checks_per_address"
    assert await resend(container, verification.id)


@pytest.mark.parametrize("rules", ["off", "200/10min"])
async def test_an_approval_keeps_an_addresss_failures_at_other_numbers(make_container, rules):
    """An approval refunds only the wrong codes of its verification, whatever the limit stores."""
    async with make_container(limit_checks_per_address=rules, limit_sends_per_number="off") as container:
        for number in range(5):
            id, code = await start_with_code(container, f"+3163100{number:04d}")
            await send_wrong_codes(container, 4, code, id=id, address=HERE)
        own, code = await start_with_code(container, OTHER_PHONE)
        await send_wrong_codes(container, 3, code, id=own, address=HERE)
        await check(container, code, id=own, address=HERE)
        await raise_failure_watch(container)

        with pytest.raises(RateLimited):
            await start_verification(container, address=HERE)


async def test_the_closest_limit_reflects_the_raised_watch(container):
    await raise_failure_watch(container)
    id, code = await start_with_code(container, OTHER_PHONE)

    with pytest.raises(IncorrectCode) as guess:
        await check(container, wrong_code(code), id=id, address=HERE)

    assert guess.value.closest_limit.left == 2


async def test_the_alarm_expires_after_ten_minutes(container, clock, redis, key):
    """The store expires it by its own clock, which tests cannot advance, so its TTL is checked."""
    await raise_failure_watch(container)

    assert 590_000 < await redis.pttl(key("failure_watch")) <= 600_000


async def test_a_check_after_a_quiet_window_clears_the_alarm(container, clock):
    await raise_failure_watch(container)
    id, code = await start_with_code(container)
    clock.tick(seconds=299)
    await check(container, code, id=id)
    assert (await start_verification(container, OTHER_PHONE)).attempts_left == 3

    clock.tick(seconds=320)
    id, code = await start_with_code(container)
    await check(container, code, id=id)
    assert (await start_verification(container, OTHER_PHONE)).attempts_left == 5


async def test_an_address_with_three_failures_is_refused_while_the_watch_is_raised(container):
    """The address may neither request nor check codes, for any number; other addresses may."""
    await raise_failure_watch(container)
    id, code = await start_with_code(container, OTHER_PHONE)
    for by in (1, 2):
        with pytest.raises(IncorrectCode):
            await check(container, wrong_code(code, by), id=id, address=HERE)
    assert await start_verification(container, PHONE, address=HERE)
    with pytest.raises(IncorrectCode):
        await check(container, wrong_code(code, 3), id=id, address=HERE)
    other, right = await start_with_code(container, PHONE)

    with pytest.raises(RateLimited) as asking:
        await start_verification(container, PHONE, address=HERE)
    with pytest.raises(RateLimited) as checking:
        await check(container, right, id=other, address=HERE)
    assert {asking.value.limit, checking.value.limit} == {"checks_per_address"}
    assert await check(container, right, id=other, address=read_address("203.0.113.8"))


async def test_a_disabled_watch_keeps_five_attempts(make_container):
    async with make_container(failure_watch=False) as container:
        await raise_failure_watch(container)
        assert (await start_verification(container)).attempts_left == 5
