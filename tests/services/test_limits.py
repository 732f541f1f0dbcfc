"""The limits of a send: each protects somebody, all are spent together, and what is refused costs nothing."""

import asyncio
import random
from functools import partial

import pytest

from app.domain.address import read_address
from app.domain.errors import IncorrectCode, RateLimited, TooManyAttempts
from tests.support.actions import ask, ask_again, ask_for_code, check, fail, guess_wrong, wrong
from tests.support.stores import ENGINE

STORE = ENGINE  # many calls: it answers them four times as quickly as the embedded store

HERE = read_address("203.0.113.7")
NUMBERS = [f"+316123{number:05d}" for number in range(200)]


async def limited(act):
    """Expect a refusal, and give which limit it was, and for how many seconds."""
    with pytest.raises(RateLimited) as refusal:
        await act()
    return refusal.value.limit, refusal.value.retry_after


async def test_an_address_may_ask_for_ten_numbers_an_hour(container, clock):
    """One machine that runs through numbers costs the eleventh nothing."""
    for number in NUMBERS[:10]:
        await ask(container, number, address=HERE)

    assert await limited(partial(ask, container, NUMBERS[10], address=HERE)) == ("sends_per_address", 3600)
    assert await ask(container, NUMBERS[10], address=read_address("203.0.113.8"))
    assert await ask(container, NUMBERS[11]), "a backend that names no address is not judged by one"
    clock.tick(seconds=3600)
    assert await ask(container, NUMBERS[10], address=HERE)


async def test_a_day_has_its_own_window(container, clock):
    for number in NUMBERS[:30]:
        await ask(container, number, address=HERE)
        clock.tick(seconds=1800)

    limit, wait = await limited(partial(ask, container, NUMBERS[30], address=HERE))
    assert (limit, wait) == ("sends_per_address", 86400 - 30 * 1800)


async def test_rotating_inside_a_64_is_one_address_and_a_48_has_ten_times_its_share(make_container):
    """A line has 2^64 addresses, and a site 65,536 lines."""
    async with make_container(limit_sends_per_address="2/h") as container:
        for line in range(10):
            for turn in range(2):
                await ask(container, NUMBERS[2 * line + turn], address=read_address(f"2001:db8:1:{line}::{turn + 1}"))
            refused = partial(ask, container, NUMBERS[99], address=read_address(f"2001:db8:1:{line}::ffff"))
            assert (await limited(refused))[0] == "sends_per_address"

        assert await limited(partial(ask, container, NUMBERS[99], address=read_address("2001:db8:1:99::1")))
        assert await ask(container, NUMBERS[99], address=read_address("2001:db8:2::1"))


async def test_an_approval_gives_an_address_its_own_sends_back(container, clock):
    """An office behind one address logs in all day; only what nobody confirms counts."""
    for number in NUMBERS[:15]:
        id, code = await ask_for_code(container, number, address=HERE)
        clock.tick(seconds=30)
        await ask_again(container, id, address=HERE)
        await check(container, code, id=id, address=HERE)

    for number in NUMBERS[15:25]:
        await ask(container, number, address=HERE)
    assert (await limited(partial(ask, container, NUMBERS[25], address=HERE)))[0] == "sends_per_address"


async def test_an_approval_gives_back_above_a_hundred_too(make_container):
    async with make_container(limit_sends_per_address="101/h") as container:
        for number in NUMBERS[:100]:
            await ask(container, number, address=HERE)
        for number in NUMBERS[100:110]:
            id, code = await ask_for_code(container, number, address=HERE)
            await check(container, code, id=id, address=HERE)

        assert await ask(container, NUMBERS[110], address=HERE)
        assert (await limited(partial(ask, container, NUMBERS[111], address=HERE)))[0] == "sends_per_address"


async def test_wrong_guesses_of_an_address_are_limited_over_all_numbers(make_container):
    """One guess at each of many numbers touches no number's own count."""
    async with make_container(limit_sends_per_address="off") as container:
        kept = [await ask_for_code(container, number, address=HERE) for number in NUMBERS[:31]]
        for id, code in kept[:30]:
            with pytest.raises(IncorrectCode):
                await check(container, wrong(code), id=id, address=HERE)

        id, code = kept[30]
        assert await limited(partial(check, container, code, id=id, address=HERE)) == ("checks_per_address", 600)
        assert await check(container, code, id=id, address=read_address("203.0.113.8"))


async def test_an_approval_gives_an_address_its_wrong_guesses_back(make_container):
    """Thirty people who mistype and then get it right are no attack."""
    async with make_container(limit_sends_per_address="off") as container:
        for number in NUMBERS[:20]:
            id, code = await ask_for_code(container, number, address=HERE)
            for by in (1, 2):
                with pytest.raises(IncorrectCode):
                    await check(container, wrong(code, by), id=id, address=HERE)
            assert await check(container, code, id=id, address=HERE)


async def test_of_a_site_the_48_gets_its_own_back_too(make_container):
    """At ten times the figure, in exact windows and in slices."""
    for figure, fits in (("2/h", 20), ("11/h", 110)):
        async with make_container(limit_sends_per_address=figure) as container:
            for line in range(fits + 5):
                place = read_address(f"2001:db8:{figure[0]}:{line:x}::1")
                id, code = await ask_for_code(container, NUMBERS[line], address=place)
                await check(container, code, id=id, address=place)


async def test_an_approval_gives_nothing_of_others_back(make_container):
    """Neither more than it spent, nor what somebody else at the address spent in the same millisecond or later."""
    async with make_container(limit_sends_per_address="3/h", limit_checks_per_address="off") as container:
        id, code = await ask_for_code(container, NUMBERS[0], address=HERE)
        await ask(container, NUMBERS[1], address=HERE)
        await check(container, code, id=id, address=HERE)

        for number in NUMBERS[2:4]:
            await ask(container, number, address=HERE)
        assert await limited(partial(ask, container, NUMBERS[4], address=HERE))


async def test_an_approval_after_the_window_has_slid_gives_nothing_back(make_container, clock):
    async with make_container(limit_sends_per_address="101/min") as container:
        id, code = await ask_for_code(container, NUMBERS[0], address=HERE)
        clock.tick(seconds=62)
        for number in NUMBERS[1:102]:
            await ask(container, number, address=HERE)
        await check(container, code, id=id, address=HERE)

        assert await limited(partial(ask, container, NUMBERS[102], address=HERE))


async def test_a_window_lives_as_long_as_it_is_wide(make_container, redis, key):
    """Shorter, it would forget what was spent; longer, it would keep what concerns a person."""
    async with make_container(limit_sends_per_address="10/h,200/d") as container:
        await ask(container, address=HERE)

        lives = {}
        async for name in redis.scan_iter(f"{key('address_sends')}:*"):
            lives[name.decode().partition("/")[2]] = await redis.pttl(name) / 1000
    assert lives == {"": pytest.approx(3600, abs=5), "86400000": pytest.approx(86400 * 62 / 60, abs=5)}


async def test_a_test_number_spends_nothing_of_anybodys(make_container):
    """It costs nothing, so a robot that logs in all day takes no share from people."""
    async with make_container(
        test_numbers="+31612345678=042137@2099-12-31", limit_sends_per_address="1/h"
    ) as container:
        for _ in range(5):
            await ask(container, address=HERE, subject="robot")

        assert await ask(container, NUMBERS[0], address=HERE)


async def test_a_browsers_subject_is_not_a_backends(container):
    """Anybody can write anybody's name into a page's request."""
    for number in NUMBERS[:5]:
        await ask(container, number, subject="user-42", is_backend=False)

    assert await limited(partial(ask, container, NUMBERS[5], subject="user-42", is_backend=False))
    assert await ask(container, NUMBERS[5], subject="user-42")


async def test_a_subject_is_limited_in_its_app_alone(container):
    """One of the caller's own users must not run up its bill over many numbers."""
    for number in NUMBERS[:5]:
        await ask(container, number, subject="user-42")

    assert await limited(partial(ask, container, NUMBERS[5], subject="user-42")) == ("sends_per_subject", 3600)
    assert await ask(container, NUMBERS[5], subject="user-43")
    assert await ask(container, NUMBERS[6], subject="user-42", app="bank")


async def test_a_resend_counts_for_its_subject_country_and_app(make_container, clock):
    """A resend is an SMS that somebody pays for."""
    for word in ("subject", "country", "app"):
        async with make_container(**{f"limit_sends_per_{word}": "2/h"}) as container:
            number = NUMBERS[("subject", "country", "app").index(word)]
            standing = await ask(container, number, subject=f"of-{word}")
            clock.tick(seconds=30)
            await ask_again(container, standing.id)
            clock.tick(seconds=60)

            assert (await limited(partial(ask_again, container, standing.id)))[0] == f"sends_per_{word}"
            clock.tick(seconds=3600)


async def test_a_country_is_limited_over_all_apps(make_container):
    """The fraud that earns by SMS has its numbers in one country."""
    async with make_container(limit_sends_per_country="3/h") as container:
        for number, app in zip(NUMBERS[:3], ("dev", "bank", "dev"), strict=True):
            await ask(container, number, app=app)

        assert (await limited(partial(ask, container, NUMBERS[3], app="bank")))[0] == "sends_per_country"
        assert await ask(container, "+32470123456")


async def test_an_app_is_limited_for_itself_and_may_have_its_own_figure(make_container):
    apps = '{"bank": {"limits": {"sends_per_app": "1/h"}}}'
    async with make_container(limit_sends_per_app="2/h", apps=apps) as container:
        await ask(container, NUMBERS[0], app="bank")
        assert (await limited(partial(ask, container, NUMBERS[1], app="bank")))[0] == "sends_per_app"
        for number in NUMBERS[1:3]:
            await ask(container, number)
        assert (await limited(partial(ask, container, NUMBERS[3])))[0] == "sends_per_app"


async def test_a_wait_and_a_cooldown_tell_when_all_limits_have_room(make_container, clock):
    """Who comes back at the moment that was told is served."""
    async with make_container(limit_sends_per_address="1/h", limit_checks_per_address="off", attempts=10) as container:
        standing = await ask(container, NUMBERS[0], address=HERE)
        with pytest.raises(RateLimited) as cooling:
            await ask_again(container, standing.id, address=HERE)
        id, code = await ask_for_code(container, NUMBERS[1])
        outcomes = await guess_wrong(container, 11, code, id=id, address=HERE)
        with pytest.raises(TooManyAttempts) as waiting:
            await ask(container, NUMBERS[1], address=HERE)

    assert (cooling.value.limit, cooling.value.retry_after, waiting.value.retry_after) == (
        "resend_cooldown",
        3600,
        3600,
    )
    assert outcomes.count(TooManyAttempts) == 1


async def test_a_locked_verification_tells_a_known_device_no_wait_that_it_passes(make_container, clock):
    async with make_container(limit_sends_per_number="off") as container:
        first, code = await ask_for_code(container)
        token = (await check(container, code, id=first)).device_token
        await fail(container, 5)
        id, code = await ask_for_code(container, device_token=token)
        await guess_wrong(container, 5, code, id=id)

        for act in (partial(check, container, code, id=id), partial(ask_again, container, id)):
            with pytest.raises(TooManyAttempts) as spent:
                await act()
            assert spent.value.retry_after == 1
        with pytest.raises(TooManyAttempts) as waiting:
            await ask(container)
    assert waiting.value.retry_after == 30


async def test_of_several_full_limits_the_last_to_open_is_told(make_container):
    """Who comes back then is not refused by the next one."""
    async with make_container(limit_sends_per_address="1/min", limit_sends_per_subject="1/h") as container:
        await ask(container, NUMBERS[0], address=HERE, subject="user-42")

        refused = partial(ask, container, NUMBERS[1], address=HERE, subject="user-42")
        assert await limited(refused) == ("sends_per_subject", 3600)


@pytest.mark.parametrize("rules", ["3/min", "100/min", "101/min", "150/min", "2/s,150/min"])
async def test_a_window_is_never_too_generous_and_at_most_a_sixtieth_too_strict(make_container, clock, rules):
    """Random arrivals against a list of all that was sent: exact up to a hundred, and near enough above."""
    rng = random.Random(7)  # noqa: S311  a reproducible shuffle, no secret
    counts = [
        (int(count), {"s": 1000, "min": 60_000}[unit]) for count, unit in (r.split("/") for r in rules.split(","))
    ]
    sent = []
    async with make_container(limit_sends_per_app=rules, limit_sends_per_number="off", resend_cooldown=5) as container:
        for _ in range(600):
            clock.tick(ms=rng.choice([0, 1, 40, 250, 400, 2000]))
            fits = all(sum(at > clock.now - width for at in sent) < count for count, width in counts)
            surely = all(
                sum(at > clock.now - width * (61 / 60 if count > 100 else 1) for at in sent) < count
                for count, width in counts
            )
            (answer,) = await asyncio.gather(ask(container, rng.choice(NUMBERS)), return_exceptions=True)
            if isinstance(answer, RateLimited):
                assert not surely
                assert 1 <= answer.retry_after <= 62
            else:
                assert fits
                sent.append(clock.now)
    assert 0 < len(sent) < 600


@pytest.mark.parametrize("rules", ["20/min", "120/min"])
async def test_the_moment_that_is_told_is_the_moment_that_it_opens(make_container, clock, rules):
    count = int(rules.split("/")[0])
    async with make_container(limit_sends_per_app=rules, limit_sends_per_number="off") as container:
        for number in range(count):
            await ask(container, NUMBERS[number % 200])
            clock.tick(ms=137)

        _, wait = await limited(partial(ask, container))
        clock.tick(seconds=wait, ms=-2000)
        await limited(partial(ask, container))
        clock.tick(ms=2000)
        assert await ask(container)


async def test_the_tightest_window_is_told_with_what_is_left_of_it(make_container):
    async with make_container(limit_sends_per_app="1000/d") as container:
        first = (await ask(container)).left.closest_limit
        second = (await ask(container, address=HERE)).left.closest_limit

    assert (first.limit, first.seconds, first.left) == ("sends_per_number", 600, 2)
    assert (second.limit, second.seconds, second.left) == ("sends_per_number", 600, 1)
