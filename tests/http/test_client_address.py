"""The client address over HTTP: only the header of a trusted proxy changes it."""

import pytest
from fastapi import Request

from tests.support.admission import LIMITED_PATH, AppClient
from tests.support.api_calls import assert_problem

PROXY = "10.0.0.1"
TRUSTED = {"limit_calls_per_address": "3/min", "trusted_proxies": "10.0.0.0/8,fd00::/8"}

# Ten forms of forged headers, each with a new address in every call.
FORGED = {
    "one address": lambda n: [("X-Forwarded-For", f"198.51.100.{n}")],
    "a list": lambda n: [("X-Forwarded-For", f"198.51.100.{n}, 192.0.2.{n}, 10.0.0.{n}")],
    "several lines": lambda n: [("X-Forwarded-For", "10.0.0.1"), ("x-forwarded-for", f"198.51.100.{n}")],
    "with a port": lambda n: [("X-Forwarded-For", f"198.51.100.{n}:4711")],
    "IPv6 in brackets": lambda n: [("X-Forwarded-For", f"[2001:db8:{n}::1]:4711")],
    "mapped IPv4": lambda n: [("X-Forwarded-For", f"::ffff:198.51.100.{n}")],
    "RFC 7239": lambda n: [("Forwarded", f'for="198.51.100.{n}";proto=https')],
    "another proxy's header": lambda n: [
        ("X-Real-IP", f"198.51.100.{n}"),
        ("CF-Connecting-IP", f"198.51.100.{n}"),
        ("True-Client-IP", f"198.51.100.{n}"),
        ("X-Client-IP", f"198.51.100.{n}"),
        ("X-Cluster-Client-IP", f"198.51.100.{n}"),
    ],
    "no address": lambda n: [("X-Forwarded-For", f"person-{n}, unknown, _hidden, ")],
    "a list without end": lambda n: [("X-Forwarded-For", ",".join([f"198.51.100.{n}"] * 3000))],
}


@pytest.fixture
def app_client():
    return AppClient(**TRUSTED)


@pytest.mark.parametrize("setting", [{}, TRUSTED, {"client_header": "forwarded"}])
async def test_forged_headers_do_not_change_the_counted_address(setting, subtests):
    """Each form uses its own client; trusted proxies make no difference, because the client is not one."""
    app_client = AppClient(**({"limit_calls_per_address": "3/min"} | setting))
    for caller, (shape, forge) in enumerate(FORGED.items()):
        with subtests.test(shape):
            responses = [await app_client.get(headers=forge(n), address=f"203.0.113.{caller}") for n in range(1, 6)]

            assert [response.status_code for response in responses] == [200, 200, 200, 429, 429]


async def test_forged_headers_are_ignored_behind_a_trusted_proxy(app_client, subtests):
    """The proxy appends the connection's address to the header that the client sent."""
    for caller, (shape, forge) in enumerate(FORGED.items()):
        with subtests.test(shape):
            added = ("X-Forwarded-For", f"203.0.113.{caller}")
            responses = [await app_client.get(headers=[*forge(n), added], address=PROXY) for n in range(1, 6)]

            assert [response.status_code for response in responses] == [200, 200, 200, 429, 429]


async def test_forged_headers_are_ignored_behind_an_rfc_7239_proxy(subtests):
    app_client = AppClient(**TRUSTED, client_header="forwarded")
    for caller, (shape, forge) in enumerate(FORGED.items()):
        with subtests.test(shape):
            added = ("Forwarded", f"for=203.0.113.{caller};proto=https")
            responses = [await app_client.get(headers=[*forge(n), added], address=PROXY) for n in range(1, 6)]

            assert [response.status_code for response in responses] == [200, 200, 200, 429, 429]


async def test_clients_behind_a_trusted_proxy_are_counted_separately(app_client):
    value = [[("X-Forwarded-For", f"203.0.113.{n}")] for n in range(5)]

    assert [await app_client.statuses(4, address=PROXY, headers=headers) for headers in value] == [
        [200, 200, 200, 429]
    ] * 5


async def test_one_client_is_counted_once_across_proxies(app_client):
    for proxy in ("10.0.0.1", "10.9.9.9", "fd00::1"):
        assert await app_client.statuses(1, address=proxy, headers={"X-Forwarded-For": "203.0.113.7, 10.0.0.2"}) == [
            200
        ]

    assert await app_client.statuses(1, address=PROXY, headers={"X-Forwarded-For": "203.0.113.7"}) == [429]
    assert await app_client.statuses(1) == [429]


async def test_ipv6_addresses_of_one_64_share_a_count(app_client):
    """One subscriber line has 2^64 addresses."""
    rotated = [await app_client.statuses(1, address=f"2001:db8:0:1:{n:x}::{n:x}") for n in range(5)]

    assert rotated == [[200], [200], [200], [429], [429]]
    assert await app_client.statuses(1, address="2001:db8:0:2::1") == [200]


async def test_ipv4_mapped_address_counts_as_ipv4(app_client):
    await app_client.statuses(3, address="::ffff:203.0.113.7")

    assert await app_client.statuses(1, address="203.0.113.7") == [429]


@pytest.mark.parametrize(
    ("setting", "header", "value"),
    [
        ({}, "x-forwarded-for", "192.0.2.9, unknown"),
        ({}, "x-forwarded-for", ""),
        ({}, "x-forwarded-for", "for=192.0.2.9"),
        ({"client_header": "forwarded"}, "forwarded", "for=_hidden"),
        ({"client_header": "forwarded"}, "forwarded", "192.0.2.9"),
    ],
)
async def test_unreadable_proxy_header_is_named_in_the_error(setting, header, value):
    """It is refused, not counted for another address: the operator must notice the misconfiguration."""
    app_client = AppClient(**TRUSTED, **setting)

    body = assert_problem(await app_client.get(headers={header: value}, address=PROXY), 422, "invalid_request")

    assert header in body["detail"]
    assert [error["header"] for error in body["errors"]] == [header]


async def test_livez_ignores_the_proxy_header(app_client):
    assert (await app_client.get("/livez", headers={"X-Forwarded-For": "junk"}, address=PROXY)).status_code == 200


async def test_clients_without_an_address_share_one_count(app_client):
    """A Unix socket has no address, and must not bypass the limit."""
    statuses = await app_client.statuses(2, address=None) + await app_client.statuses(
        2, address="nothing that anybody knows"
    )

    assert statuses == [200, 200, 200, 429]


async def test_request_state_holds_the_client_address(app_client):
    """The limits in the store use it too."""
    addresses = []

    @app_client.app.get("/seen")
    def record_address(request: Request):
        addresses.append(request.state.address)

    await app_client.get("/seen", address=PROXY, headers={"X-Forwarded-For": "203.0.113.7"})
    await app_client.get(LIMITED_PATH)

    assert [address.prefixes for address in addresses] == [("203.0.113.7",)]
