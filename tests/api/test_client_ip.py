"""The person's address, as a backend names it; a browser has none but its own."""

import pytest

from tests.support.api_calls import ask, ask_again, check, new_id, pointers, problem_of
from tests.support.service_fixture import PRODUCTION

NUMBERS = [f"+316123{number:05d}" for number in range(20)]


async def test_the_address_that_a_backend_names_is_limited_and_its_own_is_not(client):
    """All people of a backend come from one address, and that one says nothing."""
    for number in NUMBERS[:10]:
        assert (await ask(client, number, client_ip="203.0.113.7")).status_code == 202

    refused = await ask(client, NUMBERS[10], client_ip="203.0.113.7")
    assert problem_of(refused, 429, "rate_limited")["limit"] == "sends_per_address"
    assert (await ask(client, NUMBERS[10], client_ip="203.0.113.8")).status_code == 202
    assert (await ask(client, NUMBERS[11])).status_code == 202


async def test_a_browsers_own_address_is_limited(client):
    for number in NUMBERS[:10]:
        assert (await ask(client, number, key="pk_dev")).status_code == 202

    problem_of(await ask(client, NUMBERS[10], key="pk_dev"), 429, "rate_limited")


async def test_a_browser_may_not_name_one(client):
    """It would name another one each time."""
    id = await new_id(client)
    for answer in (
        await ask(client, NUMBERS[0], key="pk_dev", client_ip="203.0.113.7"),
        await ask_again(client, id, key="pk_dev", client_ip="203.0.113.7"),
        await check(client, id, key="pk_dev", client_ip="203.0.113.7"),
    ):
        problem_of(answer, 403, "forbidden")


async def test_what_is_no_address_is_refused(client, subtests):
    for said in ["", "x", "203.0.113", "203.0.113.7:80", "[::1]", "fe80::1%eth0", "1" * 64, "0x7f.1"]:
        with subtests.test(repr(said)):
            assert pointers(await ask(client, client_ip=said)) == ["/client_ip"]


NOT_PUBLIC = [
    "10.1.2.3",
    "192.168.0.1",
    "172.16.0.1",
    "127.0.0.1",
    "169.254.1.1",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104  not bound, but refused
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fc00::1",
    "fe80::1",
    "ff02::1",
    "::ffff:10.1.2.3",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "fec0::1",
    "198.18.0.1",
    "192.0.0.1",
    "198.51.100.7",  # of a trusted proxy
]


@pytest.fixture
async def production(run_service, engine_url):
    """A backend in production, and a proxy that is trusted."""
    async with run_service(url=engine_url, key="sk_shop", trusted_proxies="198.51.100.0/24", **PRODUCTION) as service:
        yield service.client


async def test_production_refuses_an_address_that_no_person_has(production, subtests):
    """It is a proxy's or the backend's own, and all people would share its limit."""
    for address in NOT_PUBLIC:
        with subtests.test(address):
            assert pointers(await ask(production, client_ip=address)) == ["/client_ip"]


async def test_production_takes_a_persons_address(production, subtests):
    for number, address in enumerate(["203.0.113.7", "8.8.8.8", "2001:4860::1", "::ffff:8.8.8.8"]):
        with subtests.test(address):
            assert (await ask(production, NUMBERS[number], client_ip=address)).status_code == 202


async def test_development_takes_any_for_everybody_is_on_one_machine(client):
    assert (await ask(client, client_ip="127.0.0.1")).status_code == 202
