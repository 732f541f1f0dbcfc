"""An attacker spends what belongs to others: the sends of an address, of an app, and of a test number."""

import asyncio

import pytest

from app.domain.address import read_address
from app.domain.errors import RateLimited
from app.domain.human_check import HumanCheckResult
from tests.support.actions import check, resend, start_verification, start_with_code
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.stores import ENGINE

HOUR, DAY = 3600, 86_400
HERE = read_address("203.0.113.7")
pytestmark = pytest.mark.parametrize("store_url", [ENGINE], indirect=True)


def number(n):
    return f"+3161{n:07d}"


def address(n):
    """Return one of many addresses, each of a different network."""
    return read_address(f"198.{18 + n // 65536}.{n // 256 % 256}.{n % 256}")


class AcceptAllHumanCheck:
    """A vendor that takes every token for a human's."""

    async def verify(self, token, *, bound_to, address):
        return HumanCheckResult(token, 600)


async def ask(container, n, *, at=HERE, **changes):
    """Request a code as a browser; return its verification and code, or the name of the limit that refused."""
    try:
        return await start_with_code(container, number(n), address=at, is_backend=False, **changes)
    except RateLimited as refused:
        return refused.limit


async def ask_and_approve(container, n, **changes):
    """Request a code for a number that the attacker holds, and approve it; return the device token, or the limit."""
    asked = await ask(container, n, **changes)
    if isinstance(asked, str):
        return asked
    id, code = asked
    return (await check(container, code, id=id, address=changes.get("at", HERE), is_backend=False)).device_token


async def spend_all(act, first, *, most=1000):
    """Act on one number after the other until a limit refuses; return how often it passed, and the limit."""
    for n in range(first, first + most):
        answer = await act(n)
        if isinstance(answer, str) and not answer.startswith("dt_"):
            return n - first, answer
    return most, ""


async def test_one_address_that_approves_its_own_numbers_sends_70_in_an_hour_and_210_in_a_day(make_container, clock):
    """E1: each approval gave its send back, and one address sent 1,800 SMS an hour.

    At most 60 are given back in an hour and 200 in a day; 10 and 30 are not.
    """
    async with make_container() as container:
        hours, start = [], clock.now
        for hour in range(24):
            clock.now = start + hour * HOUR * 1000
            sent, limit = await spend_all(lambda n: ask_and_approve(container, n), hour * 100)
            hours.append(sent)

    assert limit == "sends_per_address"
    assert hours[0] == 70
    assert sum(hours) == 210


async def test_an_office_that_logs_in_every_day_is_not_slowed(make_container, clock):
    """Numbers that were approved before give their sends back, however many they are."""
    async with make_container() as container:
        for day in range(3):
            for n in range(60):
                answer = await ask_and_approve(container, n)
                assert answer.startswith("dt_"), (day, n)
            clock.tick(seconds=DAY)
        for n in range(60):
            assert (await ask_and_approve(container, n)).startswith("dt_")
        for n in range(60):
            assert (await ask_and_approve(container, n, purpose="payment")).startswith("dt_")


@pytest.mark.parametrize(("network", "most"), [("{:x}:0:0", 300), ("0:{:x}:0", 100), ("0:0:{:x}", 10)])
async def test_the_networks_of_one_ipv6_holder_share_limits(make_container, network, most):
    """E7: a /64 sends as often as one address, a /48 ten times, a /40 thirty times."""
    async with make_container() as container:
        sent, limit = await spend_all(
            lambda n: ask(container, n, at=read_address(f"2001:db8:{network.format(n % 256)}::1")), 0
        )

    assert (sent, limit) == (most, "sends_per_address")


async def test_strangers_use_60_percent_of_an_app_and_a_quarter_of_that_in_an_hour(make_container, clock):
    """E2: 34 addresses used up an app, and its customers, devices and backends were refused for 22 hours."""
    async with make_container(limit_sends_per_app="100/d") as container:
        hours, start = [], clock.now
        for hour in range(6):
            clock.now = start + hour * HOUR * 1000
            sent, limit = await spend_all(lambda n: ask(container, n, at=address(n)), hour * 100)
            hours.append(sent)

        assert (hours, limit) == ([15, 15, 15, 15, 0, 0], "sends_per_app")
        for n in range(40):
            assert await start_verification(container, number(9_000 + n)), "a backend may use what is left"
        with pytest.raises(RateLimited):
            await start_verification(container, number(9_999))


async def test_known_devices_have_30_percent_of_an_app_to_themselves(make_container, clock):
    """Together with strangers they use at most 90 %; a token counts from the day after it was earned."""
    async with make_container(limit_sends_per_app="1000/d", limit_sends_per_address="off") as container:
        tokens = [await ask_and_approve(container, n, at=address(n)) for n in range(40)]
        clock.tick(seconds=2 * DAY)
    async with make_container(limit_sends_per_app="100/d") as container:
        start = clock.now
        for hour in range(4):
            clock.now = start + hour * HOUR * 1000
            await spend_all(lambda n: ask(container, n, at=address(n)), 1_000 + hour * 100)
        sent, limit = await spend_all(
            lambda n: ask(container, n, at=address(n), device_token=tokens[n]), 0, most=len(tokens)
        )

        assert (sent, limit) == (7, "sends_per_app"), "22 in the hour, of which 15 were strangers'"
        clock.tick(seconds=HOUR)
        sent, _ = await spend_all(
            lambda n: ask(container, n + 7, at=address(n), device_token=tokens[n + 7]), 0, most=30
        )
        assert sent == 22, "a quarter of 90"
        assert await start_verification(container)


async def test_a_token_of_today_gives_no_share_of_known_devices(make_container, clock):
    """E2b: else the numbers that an attacker approves this hour would pass the strangers' share this hour."""
    async with make_container(limit_sends_per_app="100/d") as container:
        tokens = [await ask_and_approve(container, n, at=address(n)) for n in range(15)]

        assert all(token.startswith("dt_") for token in tokens)
        assert await ask(container, 0, at=address(99), device_token=tokens[0]) == "sends_per_app"


async def test_a_hundred_own_numbers_with_tokens_send_30_an_hour_from_one_address(make_container, clock):
    """E2b: 20 as known devices, of which none is approved, and 10 as a stranger."""
    async with make_container(limit_approved_sends_per_address="off") as container:
        tokens = [await ask_and_approve(container, n, at=address(n)) for n in range(100)]
        clock.tick(seconds=2 * DAY)

        as_devices, limit = await spend_all(lambda n: ask(container, n, device_token=tokens[n]), 0, most=100)
        assert (as_devices, limit) == (20, "device_sends_per_address")
        assert await spend_all(lambda n: ask(container, n), 50, most=50) == (10, "sends_per_address")


async def test_one_number_with_a_token_sends_five_in_ten_minutes(make_container, clock):
    """E2b: after two sends its trust is spent, and it counts as a stranger's, resends included."""
    async with make_container(resend_cooldown=5) as container:
        token = await ask_and_approve(container, 0, at=address(0))
        clock.tick(seconds=2 * DAY)

        verification = await start_verification(container, number(0), is_backend=False, device_token=token)
        clock.tick(seconds=10)
        await resend(container, verification.id, is_backend=False)
        passed = [await ask(container, 0, at=address(n), device_token=token) for n in range(5)]

    assert [isinstance(answer, tuple) for answer in passed] == [True] * 3 + [False] * 2


async def test_a_neighbour_does_not_stop_known_devices(make_container, clock):
    """E3: ten requests of one behind the same NAT, and nobody there could ask for an hour."""
    async with make_container() as container:
        token = await ask_and_approve(container, 500, at=address(1))
        clock.tick(seconds=DAY)
        assert await spend_all(lambda n: ask(container, n), 0) == (10, "sends_per_address")

        assert isinstance(await ask(container, 500, device_token=token), tuple)


async def test_a_neighbour_does_not_stop_people_who_were_approved_before(make_container, clock):
    """E3: with human checks they send 50 an hour and 150 a day from a spent address; all others are refused."""
    async with make_container(human_check="altcha", human_check_when="suspicious") as container:
        for n in range(1_000, 1_200):
            await ask_and_approve(container, n, at=address(n))
        clock.tick(seconds=DAY)
        passed = {"human_checker": AcceptAllHumanCheck()}
        hours = []
        for hour in range(4):
            sent, limit = await spend_all(lambda n: ask(container, n, human_check=f"n{n}", **passed), hour * 100)
            people, _ = await spend_all(
                lambda n: ask(container, n, human_check=f"p{n}", **passed), 1_000 + hour * 50, most=50
            )
            hours.append((sent, people))
            assert limit == "sends_per_address"
            assert await ask(container, 1_000 + hour, at=address(hour)), "elsewhere nothing is spent"
            clock.tick(seconds=HOUR)

    assert hours == [(10, 40), (0, 50), (0, 50), (0, 0)]


async def test_racing_requests_and_approvals_of_an_address_stay_within_its_limits(make_container):
    """Sixty refunds and ten sends, however they race."""
    async with make_container() as container:

        async def attack(n):
            return await ask_and_approve(container, n)

        answers = []
        for first in range(0, 120, 10):
            answers += await asyncio.gather(*(attack(first + i) for i in range(10)))

    assert sum(answer.startswith("dt_") for answer in answers) == 70


async def test_a_test_number_is_limited_to_60_an_hour(make_container, clock):
    """E6: 400 requests stored 400 records of 2.3 KB."""
    async with make_container(test_numbers=f"{PHONE}=424242@2099-12-31") as container:
        answers = await asyncio.gather(
            *(start_verification(container, PHONE, is_backend=False) for _ in range(400)), return_exceptions=True
        )
        refused = [answer for answer in answers if isinstance(answer, RateLimited)]

        assert len(refused) == 340
        assert {error.limit for error in refused} == {"test_sends_per_number"}
        assert await start_verification(container, OTHER_PHONE)
        clock.tick(seconds=HOUR + 300)
        assert await start_verification(container, PHONE, is_backend=False)
