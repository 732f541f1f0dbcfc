"""The failure watch: guesses that are spread over many numbers and addresses are seen over all of them."""

import pytest

from app.domain.address import read_address
from app.domain.errors import IncorrectCode, RateLimited
from tests.support.actions import ask, ask_again, ask_for_code, attempts_of, check, guess_wrong, raise_alarm, wrong
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.stores import on_the_engine

pytestmark = on_the_engine  # many calls: it answers them four times as quickly as the embedded store

HERE = read_address("203.0.113.7")


async def test_new_verifications_get_three_attempts_while_it_is_raised(tools):
    """An attacker who has a guess at each of many numbers gets fewer; those that are pending keep theirs."""
    earlier = await ask(tools, OTHER_PHONE)

    await raise_alarm(tools)

    assert (await ask(tools)).left.attempts == 3
    assert await attempts_of(tools, earlier.id) == [5]


async def test_it_needs_two_hundred_checks(tools):
    for number in range(39):
        id, code = await ask_for_code(tools, f"+3163000{number:04d}")
        await guess_wrong(tools, 5, code, id=id)

    assert (await ask(tools)).left.attempts == 5


async def test_it_rests_where_people_get_it_right(make_tools):
    """Two wrong and two right of each: half of four hundred is no attack."""
    async with make_tools(limit_sends_per_number="off") as tools:
        for number in range(60):
            for _ in range(2):
                id, code = await ask_for_code(tools, f"+3163000{number:04d}")
                await guess_wrong(tools, 1, code, id=id)
                await check(tools, code, id=id)

        assert (await ask(tools)).left.attempts == 5


async def test_exactly_sixty_percent_is_no_attack_yet(make_tools):
    """Of 200, 120 wrong; one more wrong one raises it."""
    async with make_tools(limit_sends_per_number="off") as tools:
        for number in range(40):
            id, code = await ask_for_code(tools, f"+3163000{number:04d}")
            await check(tools, code, id=id)
            id, code = await ask_for_code(tools, f"+3163000{number:04d}")
            await check(tools, code, id=id)
            id, code = await ask_for_code(tools, f"+3163000{number:04d}")
            await guess_wrong(tools, 3, code, id=id)
        assert (await ask(tools)).left.attempts == 5

        id, code = await ask_for_code(tools)
        await guess_wrong(tools, 1, code, id=id)
        assert (await ask(tools)).left.attempts == 3


async def test_a_test_number_is_not_watched(make_tools):
    """Its code is no secret: whoever knows it could raise the alarm for nothing, or hide an attack."""
    numbers = [f"+3163000{number:04d}" for number in range(41)]
    async with make_tools(test_numbers=",".join(f"{number}=042137@2099-12-31" for number in numbers)) as tools:
        for number in numbers:
            standing = await ask(tools, number)
            await guess_wrong(tools, 5, "042137", id=standing.id)

        assert (await ask(tools)).left.attempts == 5


async def test_a_resend_is_refused_to_such_an_address_too(tools, clock):
    await raise_alarm(tools)
    id, code = await ask_for_code(tools, OTHER_PHONE)
    await guess_wrong(tools, 3, code, id=id, address=HERE)
    standing = await ask(tools)
    clock.tick(seconds=30)

    with pytest.raises(RateLimited) as refused:
        await ask_again(tools, standing.id, address=HERE)
    assert refused.value.limit == "checks_per_address"
    assert await ask_again(tools, standing.id)


@pytest.mark.parametrize("rules", ["off", "200/10min"])
async def test_an_approval_does_not_wash_an_address_of_its_guesses_at_others(make_tools, rules):
    """Whatever else is kept of its guesses: it may take its own back, and no more."""
    async with make_tools(limit_checks_per_address=rules, limit_sends_per_number="off") as tools:
        for number in range(5):
            id, code = await ask_for_code(tools, f"+3163100{number:04d}")
            await guess_wrong(tools, 4, code, id=id, address=HERE)
        own, code = await ask_for_code(tools, OTHER_PHONE)
        await guess_wrong(tools, 3, code, id=own, address=HERE)
        await check(tools, code, id=own, address=HERE)
        await raise_alarm(tools)

        with pytest.raises(RateLimited):
            await ask(tools, address=HERE)


async def test_what_is_left_to_an_address_is_told_as_the_watch_has_it(tools):
    await raise_alarm(tools)
    id, code = await ask_for_code(tools, OTHER_PHONE)

    with pytest.raises(IncorrectCode) as guess:
        await check(tools, wrong(code), id=id, address=HERE)

    assert guess.value.tightest.left == 2


async def test_it_ends_ten_minutes_after_the_last_check(tools, clock, redis, key):
    """The store ends it by its own clock, which tests do not turn: so its life is looked at."""
    await raise_alarm(tools)

    assert 590_000 < await redis.pttl(key("alarm")) <= 600_000


async def test_it_ends_with_the_first_check_that_finds_the_window_quiet(tools, clock):
    await raise_alarm(tools)
    id, code = await ask_for_code(tools)
    clock.tick(seconds=299)
    await check(tools, code, id=id)
    assert (await ask(tools, OTHER_PHONE)).left.attempts == 3

    clock.tick(seconds=320)
    id, code = await ask_for_code(tools)
    await check(tools, code, id=id)
    assert (await ask(tools, OTHER_PHONE)).left.attempts == 5


async def test_an_address_with_three_failures_is_refused_while_it_is_raised(tools):
    """It is refused to ask and to check, whatever number it comes with; others are not."""
    await raise_alarm(tools)
    id, code = await ask_for_code(tools, OTHER_PHONE)
    for by in (1, 2):
        with pytest.raises(IncorrectCode):
            await check(tools, wrong(code, by), id=id, address=HERE)
    assert await ask(tools, PHONE, address=HERE)
    with pytest.raises(IncorrectCode):
        await check(tools, wrong(code, 3), id=id, address=HERE)
    other, right = await ask_for_code(tools, PHONE)

    with pytest.raises(RateLimited) as asking:
        await ask(tools, PHONE, address=HERE)
    with pytest.raises(RateLimited) as checking:
        await check(tools, right, id=other, address=HERE)
    assert {asking.value.limit, checking.value.limit} == {"checks_per_address"}
    assert await check(tools, right, id=other, address=read_address("203.0.113.8"))


async def test_without_it_an_address_has_its_thirty_guesses(make_tools):
    async with make_tools(failure_watch=False) as tools:
        await raise_alarm(tools)
        assert (await ask(tools)).left.attempts == 5
