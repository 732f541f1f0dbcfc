"""The failure watch: guesses that are spread over many numbers and addresses are seen over all of them."""

import pytest

from app.domain.address import read_address
from app.domain.errors import IncorrectCode, RateLimited
from tests.support.actions import ask, ask_again, ask_for_code, attempts_of, check, guess_wrong, raise_alarm, wrong
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.stores import ENGINE

STORE = ENGINE  # many calls: it answers them four times as quickly as the embedded store

HERE = read_address("203.0.113.7")


async def test_new_verifications_get_three_attempts_while_it_is_raised(container):
    """An attacker who has a guess at each of many numbers gets fewer; those that are pending keep theirs."""
    earlier = await ask(container, OTHER_PHONE)

    await raise_alarm(container)

    assert (await ask(container)).left.attempts == 3
    assert await attempts_of(container, earlier.id) == [5]


async def test_it_needs_two_hundred_checks(container):
    for number in range(39):
        id, code = await ask_for_code(container, f"+3163000{number:04d}")
        await guess_wrong(container, 5, code, id=id)

    assert (await ask(container)).left.attempts == 5


async def test_it_rests_where_people_get_it_right(make_container):
    """Two wrong and two right of each: half of four hundred is no attack."""
    async with make_container(limit_sends_per_number="off") as container:
        for number in range(60):
            for _ in range(2):
                id, code = await ask_for_code(container, f"+3163000{number:04d}")
                await guess_wrong(container, 1, code, id=id)
                await check(container, code, id=id)

        assert (await ask(container)).left.attempts == 5


async def test_exactly_sixty_percent_is_no_attack_yet(make_container):
    """Of 200, 120 wrong; one more wrong one raises it."""
    async with make_container(limit_sends_per_number="off") as container:
        for number in range(40):
            id, code = await ask_for_code(container, f"+3163000{number:04d}")
            await check(container, code, id=id)
            id, code = await ask_for_code(container, f"+3163000{number:04d}")
            await check(container, code, id=id)
            id, code = await ask_for_code(container, f"+3163000{number:04d}")
            await guess_wrong(container, 3, code, id=id)
        assert (await ask(container)).left.attempts == 5

        id, code = await ask_for_code(container)
        await guess_wrong(container, 1, code, id=id)
        assert (await ask(container)).left.attempts == 3


async def test_a_test_number_is_not_watched(make_container):
    """Its code is no secret: whoever knows it could raise the alarm for nothing, or hide an attack."""
    numbers = [f"+3163000{number:04d}" for number in range(41)]
    async with make_container(test_numbers=",".join(f"{number}=042137@2099-12-31" for number in numbers)) as container:
        for number in numbers:
            standing = await ask(container, number)
            await guess_wrong(container, 5, "042137", id=standing.id)

        assert (await ask(container)).left.attempts == 5


async def test_a_resend_is_refused_to_such_an_address_too(container, clock):
    await raise_alarm(container)
    id, code = await ask_for_code(container, OTHER_PHONE)
    await guess_wrong(container, 3, code, id=id, address=HERE)
    standing = await ask(container)
    clock.tick(seconds=30)

    with pytest.raises(RateLimited) as refused:
        await ask_again(container, standing.id, address=HERE)
    assert refused.value.limit == "checks_per_address"
    assert await ask_again(container, standing.id)


@pytest.mark.parametrize("rules", ["off", "200/10min"])
async def test_an_approval_does_not_wash_an_address_of_its_guesses_at_others(make_container, rules):
    """Whatever else is kept of its guesses: it may take its own back, and no more."""
    async with make_container(limit_checks_per_address=rules, limit_sends_per_number="off") as container:
        for number in range(5):
            id, code = await ask_for_code(container, f"+3163100{number:04d}")
            await guess_wrong(container, 4, code, id=id, address=HERE)
        own, code = await ask_for_code(container, OTHER_PHONE)
        await guess_wrong(container, 3, code, id=own, address=HERE)
        await check(container, code, id=own, address=HERE)
        await raise_alarm(container)

        with pytest.raises(RateLimited):
            await ask(container, address=HERE)


async def test_what_is_left_to_an_address_is_told_as_the_watch_has_it(container):
    await raise_alarm(container)
    id, code = await ask_for_code(container, OTHER_PHONE)

    with pytest.raises(IncorrectCode) as guess:
        await check(container, wrong(code), id=id, address=HERE)

    assert guess.value.closest_limit.left == 2


async def test_it_ends_ten_minutes_after_the_last_check(container, clock, redis, key):
    """The store ends it by its own clock, which tests do not turn: so its life is looked at."""
    await raise_alarm(container)

    assert 590_000 < await redis.pttl(key("alarm")) <= 600_000


async def test_it_ends_with_the_first_check_that_finds_the_window_quiet(container, clock):
    await raise_alarm(container)
    id, code = await ask_for_code(container)
    clock.tick(seconds=299)
    await check(container, code, id=id)
    assert (await ask(container, OTHER_PHONE)).left.attempts == 3

    clock.tick(seconds=320)
    id, code = await ask_for_code(container)
    await check(container, code, id=id)
    assert (await ask(container, OTHER_PHONE)).left.attempts == 5


async def test_an_address_with_three_failures_is_refused_while_it_is_raised(container):
    """It is refused to ask and to check, whatever number it comes with; others are not."""
    await raise_alarm(container)
    id, code = await ask_for_code(container, OTHER_PHONE)
    for by in (1, 2):
        with pytest.raises(IncorrectCode):
            await check(container, wrong(code, by), id=id, address=HERE)
    assert await ask(container, PHONE, address=HERE)
    with pytest.raises(IncorrectCode):
        await check(container, wrong(code, 3), id=id, address=HERE)
    other, right = await ask_for_code(container, PHONE)

    with pytest.raises(RateLimited) as asking:
        await ask(container, PHONE, address=HERE)
    with pytest.raises(RateLimited) as checking:
        await check(container, right, id=other, address=HERE)
    assert {asking.value.limit, checking.value.limit} == {"checks_per_address"}
    assert await check(container, right, id=other, address=read_address("203.0.113.8"))


async def test_without_it_an_address_has_its_thirty_guesses(make_container):
    async with make_container(failure_watch=False) as container:
        await raise_alarm(container)
        assert (await ask(container)).left.attempts == 5
