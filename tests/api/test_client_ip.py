"""`client_ip`: the user's address as a backend sends it; a browser's own address is used."""

import pytest

from tests.support.api_calls import (
    assert_problem,
    error_pointers,
    new_verification_id,
    post_request_code,
    post_resend_code,
    post_verify_code,
)
from tests.support.service_fixture import PRODUCTION

NUMBERS = [f"+316123{number:05d}" for number in range(20)]


async def test_client_ip_of_a_backend_is_limited_and_its_own_address_is_not(client):
    """All users of a backend share its address, so that address is not limited."""
    for number in NUMBERS[:10]:
        assert (await post_request_code(client, number, client_ip="203.0.113.7")).status_code == 202

    refused = await post_request_code(client, NUMBERS[10], client_ip="203.0.113.7")
    assert assert_problem(refused, 429, "rate_limited")["limit"] == "sends_per_address"
    assert (await post_request_code(client, NUMBERS[10], client_ip="203.0.113.8")).status_code == 202
    assert (await post_request_code(client, NUMBERS[11])).status_code == 202


async def test_address_of_a_browser_is_limited(client):
    for number in NUMBERS[:10]:
        assert (await post_request_code(client, number, key="pk_dev")).status_code == 202

    assert_problem(await post_request_code(client, NUMBERS[10], key="pk_dev"), 429, "rate_limited")


async def test_publishable_key_may_not_send_client_ip(client):
    """It could send a new address each time to avoid the limit."""
    id = await new_verification_id(client)
    for response in (
        await post_request_code(client, NUMBERS[0], key="pk_dev", client_ip="203.0.113.7"),
        await post_resend_code(client, id, key="pk_dev", client_ip="203.0.113.7"),
        await post_verify_code(client, id, key="pk_dev", client_ip="203.0.113.7"),
    ):
        assert_problem(response, 403, "forbidden")


async def test_invalid_client_ip_is_refused(client, subtests):
    for value in ["", "x", "203.0.113", "203.0.113.7:80", "[::1]", "fe80::1%eth0", "1" * 64, "0x7f.1"]:
        with subtests.test(repr(value)):
            assert error_pointers(await post_request_code(client, client_ip=value)) == ["/client_ip"]


NOT_PUBLIC = [
    "10.1.2.3",
    "192.168.0.1",
    "172.16.0.1",
    "127.0.0.1",
    "169.254.1.1",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104  refused, not bound
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
    """A backend in production, behind a trusted proxy."""
    async with run_service(url=engine_url, key="sk_shop", trusted_proxies="198.51.100.0/24", **PRODUCTION) as service:
        yield service.client


async def test_production_refuses_non_public_client_ip(production, subtests):
    """It belongs to a proxy or to the backend itself, and all users would share its limit."""
    for address in NOT_PUBLIC:
        with subtests.test(address):
            assert error_pointers(await post_request_code(production, client_ip=address)) == ["/client_ip"]


async def test_production_accepts_public_client_ip(production, subtests):
    for number, address in enumerate(["203.0.113.7", "8.8.8.8", "2001:4860::1", "::ffff:8.8.8.8"]):
        with subtests.test(address):
            assert (await post_request_code(production, NUMBERS[number], client_ip=address)).status_code == 202


async def test_development_accepts_loopback_client_ip(client):
    assert (await post_request_code(client, client_ip="127.0.0.1")).status_code == 202
