"""The limits of sends and checks: all are spent together, and a refused call spends nothing."""

import asyncio
import random
from functools import partial

import pytest

from app.domain.address import read_address
from app.domain.errors import IncorrectCode, RateLimited, TooManyAttempts
from tests.support.actions import (
    check,
    fail_attempts,
    resend,
    send_wrong_codes,
    start_verification,
    start_with_code,
    wrong_code,
)
from tests.support.stores import ENGINE

STORE = ENGINE  # many calls: four times as fast as the embedded store

HERE, ELSEWHERE = read_address("203.0.113.7"), read_address("203.0.113.8")
NUMBERS = [f"+316123{number:05d}" for number in range(200)]


async def limited(call):
    """Expect a refusal, and return its limit and retry-after in seconds."""
    with pytest.raises(RateLimited) as refusal:
        await call()
    return refusal.value.limit, refusal.value.retry_after


async def test_an_address_may_request_ten_codes_an_hour(container, clock):
    """One client that enumerates numbers is refused at the eleventh."""
    for number in NUMBERS[:10]:
        await start_verification(container, number, address=HERE)

    assert await limited(partial(start_verification, container, NUMBERS[10], address=HERE)) == (
        "sends_per_address",
        3600,
    )
    assert await start_verification(container, NUMBERS[10], address=read_address("203.0.113.8"))
    assert await start_verification(container, NUMBERS[11]), "a backend that sends no address has no address limit"
    clock.tick(seconds=3600)
    assert await start_verification(container, NUMBERS[10], address=HERE)


async def test_the_daily_limit_has_its_own_window(container, clock):
    for number in NUMBERS[:30]:
        await start_verification(container, number, address=HERE)
        clock.tick(seconds=1800)

    limit, wait = await limited(partial(start_verification, container, NUMBERS[30], address=HERE))
    assert (limit, wait) == ("sends_per_address", 86400 - 30 * 1800)


async def test_an_ipv6_64_is_one_address_and_a_48_has_ten_times_its_limit(make_container):
    """A /64 has 2^64 addresses, and a /48 has 65,536 /64s."""
    async with make_container(limit_sends_per_address="2/h") as container:
        for line in range(10):
            for turn in range(2):
                await start_verification(
                    container, NUMBERS[2 * line + turn], address=read_address(f"2001:db8:1:{line}::{turn + 1}")
                )
            call = partial(start_verification, container, NUMBERS[99], address=read_address(f"2001:db8:1:{line}::ffff"))
            assert (await limited(call))[0] == "sends_per_address"

        assert await limited(
            partial(start_verification, container, NUMBERS[99], address=read_address("2001:db8:1:99::1"))
        )
        assert await start_verification(container, NUMBERS[99], address=read_address("2001:db8:2::1"))


async def test_an_approval_refunds_its_sends_to_the_address(container, clock):
    """An office behind one address logs in all day; only sends without an approval count."""
    for number in NUMBERS[:15]:
        id, code = await start_with_code(container, number, address=HERE)
        clock.tick(seconds=30)
        await resend(container, id, address=HERE)
        await check(container, code, id=id, address=HERE)

    for number in NUMBERS[15:25]:
        await start_verification(container, number, address=HERE)
    assert (await limited(partial(start_verification, container, NUMBERS[25], address=HERE)))[0] == "sends_per_address"


async def test_an_approval_refunds_sends_of_a_sliced_window(make_container):
    async with make_container(limit_sends_per_address="101/h") as container:
        for number in NUMBERS[:100]:
            await start_verification(container, number, address=HERE)
        for number in NUMBERS[100:110]:
            id, code = await start_with_code(container, number, address=HERE)
            await check(container, code, id=id, address=HERE)

        assert await start_verification(container, NUMBERS[110], address=HERE)
        assert (await limited(partial(start_verification, container, NUMBERS[111], address=HERE)))[
            0
        ] == "sends_per_address"


async def test_wrong_codes_at_verifications_of_others_are_limited_over_all_numbers(make_container):
    """One guess at each of many numbers exhausts no number's own limit."""
    async with make_container(limit_sends_per_address="off") as container:
        verifications = [await start_with_code(container, number, address=ELSEWHERE) for number in NUMBERS[:31]]
        for id, code in verifications[:30]:
            with pytest.raises(IncorrectCode):
                await check(container, wrong_code(code), id=id, address=HERE)

        id, code = verifications[30]
        assert await limited(partial(check, container, code, id=id, address=HERE)) == ("checks_per_address", 600)
        assert await check(container, code, id=id, address=ELSEWHERE)


async def test_an_address_that_guessed_at_others_may_check_what_it_requested(make_container, clock):
    """The first send or a resend makes a verification its own; so a neighbour blocks no right code (E4)."""
    async with make_container(limit_checks_per_address="1/10min") as container:
        other, code = await start_with_code(container, NUMBERS[0], address=ELSEWHERE)
        with pytest.raises(IncorrectCode):
            await check(container, wrong_code(code), id=other, address=HERE)
        first, first_code = await start_with_code(container, NUMBERS[1], address=HERE)
        second, second_code = await start_with_code(container, NUMBERS[2], address=ELSEWHERE)
        clock.tick(seconds=30)
        await resend(container, second, address=HERE)

        for id, code in ((first, first_code), (second, second_code)):
            with pytest.raises(IncorrectCode):
                await check(container, wrong_code(code), id=id, address=HERE)
            assert await check(container, code, id=id, address=HERE)
        assert (await limited(partial(check, container, code, id=other, address=HERE)))[0] == "checks_per_address"


async def test_wrong_codes_at_own_verifications_are_not_counted(make_container):
    async with make_container(limit_checks_per_address="1/10min", limit_sends_per_address="off") as container:
        for number in NUMBERS[:5]:
            id, code = await start_with_code(container, number, address=HERE)
            await send_wrong_codes(container, 5, code, id=id, address=HERE)
        other, code = await start_with_code(container, NUMBERS[9], address=ELSEWHERE)

        with pytest.raises(IncorrectCode):
            await check(container, wrong_code(code), id=other, address=HERE)


async def test_a_check_by_number_is_compared_with_own_verifications_only_while_the_limit_is_spent(make_container):
    login = frozenset({"login"})
    async with make_container(limit_checks_per_address="1/10min") as container:
        strange, code = await start_with_code(container, NUMBERS[0], address=ELSEWHERE)
        with pytest.raises(IncorrectCode):
            await check(container, wrong_code(code), id=strange, address=HERE)
        own, own_code = await start_with_code(container, NUMBERS[0], address=HERE)

        if code != own_code:
            with pytest.raises(IncorrectCode):
                await check(container, code, number=NUMBERS[0], purposes=login, address=HERE)
        approval = await check(container, own_code, number=NUMBERS[0], purposes=login, address=HERE)

    assert approval.verification.id == own


async def test_an_approval_refunds_its_sends_to_the_48(make_container):
    """The /48 has ten times the figure, in exact windows and in slices."""
    for figure, is_allowed in (("2/h", 20), ("11/h", 110)):
        async with make_container(limit_sends_per_address=figure) as container:
            for line in range(is_allowed + 5):
                address = read_address(f"2001:db8:{figure[0]}:{line:x}::1")
                id, code = await start_with_code(container, NUMBERS[line], address=address)
                await check(container, code, id=id, address=address)


async def test_an_approval_refunds_no_sends_of_others(make_container):
    """It refunds neither more than it spent, nor what others at the address spent in the same millisecond or later."""
    async with make_container(limit_sends_per_address="3/h", limit_checks_per_address="off") as container:
        id, code = await start_with_code(container, NUMBERS[0], address=HERE)
        await start_verification(container, NUMBERS[1], address=HERE)
        await check(container, code, id=id, address=HERE)

        for number in NUMBERS[2:4]:
            await start_verification(container, number, address=HERE)
        assert await limited(partial(start_verification, container, NUMBERS[4], address=HERE))


async def test_an_approval_after_the_window_refunds_nothing(make_container, clock):
    async with make_container(limit_sends_per_address="101/min") as container:
        id, code = await start_with_code(container, NUMBERS[0], address=HERE)
        clock.tick(seconds=62)
        for number in NUMBERS[1:102]:
            await start_verification(container, number, address=HERE)
        await check(container, code, id=id, address=HERE)

        assert await limited(partial(start_verification, container, NUMBERS[102], address=HERE))


async def test_a_window_expires_after_its_width(make_container, redis, key):
    """And ten minutes more, as a coarse window counts for five; personal data is not kept longer."""
    async with make_container(limit_sends_per_address="10/h,200/d") as container:
        await start_verification(container, address=HERE)

        ttls = {}
        async for name in redis.scan_iter(f"{key('address_sends')}:*"):
            ttls[name.decode().partition("/")[2]] = await redis.pttl(name) / 1000
    assert ttls == {"": pytest.approx(3600 + 600, abs=5), "86400000": pytest.approx(86400 * 62 / 60 + 600, abs=5)}


async def test_a_test_number_spends_no_limit_of_address_or_subject(make_container):
    """It sends no SMS, so a robot that logs in all day must not use up the limits of users."""
    async with make_container(
        test_numbers="+31612345678=042137@2099-12-31", limit_sends_per_address="1/h"
    ) as container:
        for _ in range(5):
            await start_verification(container, address=HERE, subject="robot")

        assert await start_verification(container, NUMBERS[0], address=HERE)


async def test_browser_and_backend_subjects_are_limited_separately(container):
    """A browser can send any subject."""
    for number in NUMBERS[:5]:
        await start_verification(container, number, subject="user-42", is_backend=False)

    assert await limited(partial(start_verification, container, NUMBERS[5], subject="user-42", is_backend=False))
    assert await start_verification(container, NUMBERS[5], subject="user-42")


async def test_a_subject_is_limited_per_app(container):
    """One user of the app must not send SMS to many numbers at its cost."""
    for number in NUMBERS[:5]:
        await start_verification(container, number, subject="user-42")

    assert await limited(partial(start_verification, container, NUMBERS[5], subject="user-42")) == (
        "sends_per_subject",
        3600,
    )
    assert await start_verification(container, NUMBERS[5], subject="user-43")
    assert await start_verification(container, NUMBERS[6], subject="user-42", app="bank")


async def test_several_subjects_have_each_its_own_count(make_container, clock):
    """A full one refuses, and then none is spent; a resend counts for all of them."""
    subjects = [f"{kind}-1" for kind in ("user", "session", "plan", "shop")]
    async with make_container(limit_sends_per_subject="2/h") as container:
        first = await start_verification(container, NUMBERS[0], subjects=subjects)
        clock.tick(seconds=30)
        await resend(container, first.id)

        for subject in subjects:
            refused = partial(start_verification, container, NUMBERS[1], subjects=["user-2", subject])
            assert (await limited(refused))[0] == "sends_per_subject"
        for number in NUMBERS[1:3]:
            assert await start_verification(container, number, subjects=["user-2", "user-2"])
        assert await limited(partial(start_verification, container, NUMBERS[3], subject="user-2"))


async def test_a_resend_counts_for_its_subject_country_and_app(make_container, clock):
    """A resend is an SMS that costs money."""
    for word in ("subject", "country", "app"):
        async with make_container(**{f"limit_sends_per_{word}": "2/h"}) as container:
            number = NUMBERS[("subject", "country", "app").index(word)]
            verification = await start_verification(container, number, subject=f"of-{word}")
            clock.tick(seconds=30)
            await resend(container, verification.id)
            clock.tick(seconds=60)

            assert (await limited(partial(resend, container, verification.id)))[0] == f"sends_per_{word}"
            clock.tick(seconds=3600)


async def test_a_country_is_limited_over_all_apps(make_container):
    """SMS pumping targets numbers of one country."""
    async with make_container(limit_sends_per_country="3/h") as container:
        for number, app in zip(NUMBERS[:3], ("dev", "bank", "dev"), strict=True):
            await start_verification(container, number, app=app)

        assert (await limited(partial(start_verification, container, NUMBERS[3], app="bank")))[0] == "sends_per_country"
        assert await start_verification(container, "+32470123456")


async def test_each_app_has_its_own_limit(make_container):
    apps = '{"bank": {"limits": {"sends_per_app": "1/h"}}}'
    async with make_container(limit_sends_per_app="2/h", apps=apps) as container:
        await start_verification(container, NUMBERS[0], app="bank")
        assert (await limited(partial(start_verification, container, NUMBERS[1], app="bank")))[0] == "sends_per_app"
        for number in NUMBERS[1:3]:
            await start_verification(container, number)
        assert (await limited(partial(start_verification, container, NUMBERS[3])))[0] == "sends_per_app"


async def test_waits_and_cooldowns_last_until_all_limits_have_room(make_container, clock):
    """A call at the returned time succeeds."""
    async with make_container(limit_sends_per_address="1/h", limit_checks_per_address="off", attempts=10) as container:
        verification = await start_verification(container, NUMBERS[0], address=HERE)
        with pytest.raises(RateLimited) as cooling:
            await resend(container, verification.id, address=HERE)
        id, code = await start_with_code(container, NUMBERS[1])
        outcomes = await send_wrong_codes(container, 11, code, id=id, address=HERE)
        with pytest.raises(TooManyAttempts) as waiting:
            await start_verification(container, NUMBERS[1], address=HERE)

    assert (cooling.value.limit, cooling.value.retry_after, waiting.value.retry_after) == (
        "resend_cooldown",
        3600,
        3600,
    )
    assert outcomes.count(TooManyAttempts) == 1


async def test_a_locked_verification_reports_no_wait_to_a_known_device(make_container, clock):
    async with make_container(limit_sends_per_number="off") as container:
        first, code = await start_with_code(container)
        token = (await check(container, code, id=first)).device_token
        await fail_attempts(container, 5)
        await fail_attempts(container, 5)
        id, code = await start_with_code(container, device_token=token)
        await send_wrong_codes(container, 5, code, id=id)

        for call in (partial(check, container, code, id=id), partial(resend, container, id)):
            with pytest.raises(TooManyAttempts) as spent:
                await call()
            assert spent.value.retry_after == 1
        with pytest.raises(TooManyAttempts) as waiting:
            await start_verification(container)
    assert waiting.value.retry_after == 30


async def test_the_limit_that_opens_last_is_reported(make_container):
    """A call at that time is not refused by another limit."""
    async with make_container(limit_sends_per_address="1/min", limit_sends_per_subject="1/h") as container:
        await start_verification(container, NUMBERS[0], address=HERE, subject="user-42")

        call = partial(start_verification, container, NUMBERS[1], address=HERE, subject="user-42")
        assert await limited(call) == ("sends_per_subject", 3600)


@pytest.mark.parametrize("rules", ["3/min", "100/min", "101/min", "150/min", "2/s,150/min"])
async def test_a_window_is_never_too_lenient_and_at_most_a_sixtieth_too_strict(make_container, clock, rules):
    """Compare random arrivals with a list of all sends: exact up to a hundred, approximate above."""
    rng = random.Random(7)  # noqa: S311  a reproducible shuffle, no secret
    counts = [
        (int(count), {"s": 1000, "min": 60_000}[unit]) for count, unit in (r.split("/") for r in rules.split(","))
    ]
    sent = []
    async with make_container(limit_sends_per_app=rules, limit_sends_per_number="off", resend_cooldown=5) as container:
        for _ in range(600):
            clock.tick(ms=rng.choice([0, 1, 40, 250, 400, 2000]))
            is_allowed = all(sum(at > clock.now - width for at in sent) < count for count, width in counts)
            is_surely_allowed = all(
                sum(at > clock.now - width * (61 / 60 if count > 100 else 1) for at in sent) < count
                for count, width in counts
            )
            (answer,) = await asyncio.gather(start_verification(container, rng.choice(NUMBERS)), return_exceptions=True)
            if isinstance(answer, RateLimited):
                assert not is_surely_allowed
                assert 1 <= answer.retry_after <= 62
            else:
                assert is_allowed
                sent.append(clock.now)
    assert 0 < len(sent) < 600


@pytest.mark.parametrize("rules", ["20/min", "120/min"])
async def test_retry_after_is_when_the_limit_opens(make_container, clock, rules):
    count = int(rules.split("/")[0])
    async with make_container(limit_sends_per_app=rules, limit_sends_per_number="off") as container:
        for number in range(count):
            await start_verification(container, NUMBERS[number % 200])
            clock.tick(ms=137)

        _, wait = await limited(partial(start_verification, container))
        clock.tick(seconds=wait, ms=-2000)
        await limited(partial(start_verification, container))
        clock.tick(ms=2000)
        assert await start_verification(container)


async def test_the_closest_limit_is_returned_with_what_is_left(make_container):
    async with make_container(limit_sends_per_app="1000/d") as container:
        first = (await start_verification(container)).closest_limit
        second = (await start_verification(container, address=HERE)).closest_limit

    assert (first.limit, first.seconds, first.left) == ("sends_per_number", 600, 2)
    assert (second.limit, second.seconds, second.left) == ("sends_per_number", 600, 1)
