"""Somebody has many addresses, or pretends to."""

import pytest

from tests.support.api_calls import ask, check, new_id, problem_of
from tests.support.callers import Browser, id_of, kept

NUMBERS = [f"+316100000{n:02d}" for n in range(100)]


async def send(client, address, number):
    return await ask(client, number, client_ip=address)


async def test_another_address_of_the_same_line_is_no_other_caller(run_service):
    """Whoever has an IPv6 line has 18 trillion addresses: a /64 counts as one."""
    async with run_service(limit_sends_per_address="10/h") as service:
        for n, number in enumerate(NUMBERS[:10]):
            assert (await send(service.client, f"2001:db8:1:1::{n + 1:x}", number)).status_code == 202

        body = problem_of(
            await send(service.client, "2001:db8:1:1:ffff:ffff:ffff:ffff", NUMBERS[10]), 429, "rate_limited"
        )

        assert (body["limit"], body["retry_after"]) == ("sends_per_address", 3600)
        assert (await send(service.client, "2001:db8:1:2::1", NUMBERS[10])).status_code == 202


async def test_the_lines_of_one_site_share_ten_times_as_much(run_service):
    """A hosting customer gets a /48, which has 65,536 lines."""
    async with run_service(limit_sends_per_address="2/h") as service:
        for n, number in enumerate(NUMBERS[:20]):
            assert (await send(service.client, f"2001:db8:1:{n:x}::1", number)).status_code == 202

        body = problem_of(await send(service.client, "2001:db8:1:ffff::1", NUMBERS[20]), 429, "rate_limited")

        assert body["limit"] == "sends_per_address"
        assert (await send(service.client, "2001:db8:2::1", NUMBERS[20])).status_code == 202


async def test_an_ipv4_address_in_ipv6_is_the_same_address(run_service):
    async with run_service(limit_sends_per_address="2/h") as service:
        assert (await send(service.client, "198.51.100.7", NUMBERS[0])).status_code == 202
        assert (await send(service.client, "::ffff:198.51.100.7", NUMBERS[1])).status_code == 202

        problem_of(await send(service.client, "::ffff:c633:6407", NUMBERS[2]), 429, "rate_limited")


async def test_a_browser_cannot_name_an_address(service):
    """Else it would name a new one each time."""
    before = await kept(service)

    problem_of(await Browser(service.client).ask(client_ip="198.51.100.1"), 403, "forbidden")

    assert await kept(service) == before


@pytest.mark.parametrize("address", ["198.51.100.1", "2001:db8::1"])
async def test_a_browser_and_the_backend_that_names_its_address_share_one_limit(run_service, address):
    async with run_service(limit_sends_per_address="2/h") as service:
        id_of(await Browser(service.client, address).ask(NUMBERS[0]))
        id_of(await send(service.client, address, NUMBERS[1]))

        problem_of(await Browser(service.client, address).ask(NUMBERS[2]), 429, "rate_limited")
        problem_of(await send(service.client, address, NUMBERS[2]), 429, "rate_limited")


async def test_address_and_number_are_two_limits_and_never_one(run_service):
    """One key of both together would count nothing that varies in either."""
    async with run_service(limit_sends_per_address="2/h") as service:
        for address, number in (
            ("198.51.100.1", NUMBERS[0]),
            ("198.51.100.1", NUMBERS[1]),
            ("198.51.100.2", NUMBERS[0]),
        ):
            assert (await send(service.client, address, number)).status_code == 202
        assert (await send(service.client, "198.51.100.3", NUMBERS[0])).status_code == 202

        refused = [
            await send(service.client, "198.51.100.1", NUMBERS[2]),
            await send(service.client, "198.51.100.4", NUMBERS[0]),
        ]

        limits = [problem_of(answer, 429, "rate_limited")["limit"] for answer in refused]
        assert limits == ["sends_per_address", "sends_per_number"]


async def test_a_backend_that_names_no_address_is_held_by_all_other_limits(run_service):
    async with run_service(limit_sends_per_address="1/h", limit_sends_per_app="5/h") as service:
        for number in NUMBERS[:5]:
            await new_id(service.client, number)

        assert problem_of(await ask(service.client, NUMBERS[5]), 429, "rate_limited")["limit"] == "sends_per_app"


async def test_an_approval_gives_an_address_its_sends_back(run_service, inbox):
    """An office where everybody logs in from one address is not slowed; one that never proves anything is."""
    async with run_service(workers=True, gateways__inbox__url=inbox.url, limit_sends_per_address="2/h") as service:
        office = Browser(service.client, "198.51.100.1")
        for number in NUMBERS[:6]:
            id = id_of(await office.ask(number))
            assert (await office.check(id, await inbox.code_to(number))).status_code == 200
        for number in NUMBERS[6:8]:
            id_of(await office.ask(number))

        problem_of(await office.ask(NUMBERS[8]), 429, "rate_limited")


async def test_a_resend_is_given_back_too(run_service, inbox, clock):
    async with run_service(workers=True, gateways__inbox__url=inbox.url, limit_sends_per_address="2/h") as service:
        office = Browser(service.client, "198.51.100.1")
        id = id_of(await office.ask(NUMBERS[0]))
        clock.tick(seconds=30)
        id_of(await office.ask_again(id))
        problem_of(await office.ask(NUMBERS[1]), 429, "rate_limited")

        assert (await office.check(id, await inbox.code_to(NUMBERS[0]))).status_code == 200

        for number in NUMBERS[1:3]:
            id_of(await office.ask(number))


async def test_an_approval_elsewhere_gives_nothing_back_here(run_service, inbox):
    """Else one real phone would wash any number of addresses."""
    async with run_service(workers=True, gateways__inbox__url=inbox.url, limit_sends_per_address="2/h") as service:
        here, there = Browser(service.client, "198.51.100.1"), Browser(service.client, "198.51.100.2")
        for number in NUMBERS[:2]:
            id_of(await here.ask(number))
        id = id_of(await there.ask(NUMBERS[2]))
        assert (await there.check(id, await inbox.code_to(NUMBERS[2]))).status_code == 200

        problem_of(await here.ask(NUMBERS[3]), 429, "rate_limited")


async def test_checks_are_counted_by_address_and_given_back_by_a_right_one(run_service):
    async with run_service(limit_checks_per_address="3/10min", failure_watch="false") as service:
        ids = [await new_id(service.client) for _ in range(5)]
        browser = Browser(service.client, "198.51.100.1")
        for id in ids[:2]:
            problem_of(await browser.check(id, "999999"), 400, "incorrect_code")
        assert (await browser.check(ids[2])).status_code == 200
        problem_of(await browser.check(await new_id(service.client), "999999"), 400, "incorrect_code")

        problem_of(await browser.check(await new_id(service.client)), 429, "rate_limited")
        assert (await check(service.client, await new_id(service.client))).status_code == 200
