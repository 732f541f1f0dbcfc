"""Whose address is counted, over HTTP: no header changes it, but for the one that a trusted proxy writes."""

import pytest
from fastapi import Request

from tests.support.admission import COUNTED, AppClient
from tests.support.api_calls import problem_of

PROXY = "10.0.0.1"
TRUSTING = {"limit_calls_per_address": "3/min", "trusted_proxies": "10.0.0.0/8,fd00::/8"}

# Ten shapes of a forged header, each of another address at every call.
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
    return AppClient(**TRUSTING)


@pytest.mark.parametrize("setting", [{}, TRUSTING, {"client_header": "forwarded"}])
async def test_a_forged_header_evades_nothing(setting, subtests):
    """Ten shapes, each of a caller of its own; whether proxies are trusted or not, for the caller is none."""
    app_client = AppClient(**({"limit_calls_per_address": "3/min"} | setting))
    for caller, (shape, forge) in enumerate(FORGED.items()):
        with subtests.test(shape):
            answers = [await app_client.get(headers=forge(n), address=f"203.0.113.{caller}") for n in range(1, 6)]

            assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]


async def test_nor_does_it_behind_a_trusted_proxy(app_client, subtests):
    """The proxy adds the connection's address behind whatever the caller sent."""
    for caller, (shape, forge) in enumerate(FORGED.items()):
        with subtests.test(shape):
            added = ("X-Forwarded-For", f"203.0.113.{caller}")
            answers = [await app_client.get(headers=[*forge(n), added], address=PROXY) for n in range(1, 6)]

            assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]


async def test_nor_behind_one_that_speaks_rfc_7239(subtests):
    app_client = AppClient(**TRUSTING, client_header="forwarded")
    for caller, (shape, forge) in enumerate(FORGED.items()):
        with subtests.test(shape):
            added = ("Forwarded", f"for=203.0.113.{caller};proto=https")
            answers = [await app_client.get(headers=[*forge(n), added], address=PROXY) for n in range(1, 6)]

            assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]


async def test_people_behind_a_trusted_proxy_are_counted_each(app_client):
    said = [[("X-Forwarded-For", f"203.0.113.{n}")] for n in range(5)]

    assert [await app_client.statuses(4, address=PROXY, headers=headers) for headers in said] == [
        [200, 200, 200, 429]
    ] * 5


async def test_one_person_is_counted_once_however_many_proxies_there_are(app_client):
    for proxy in ("10.0.0.1", "10.9.9.9", "fd00::1"):
        assert await app_client.statuses(1, address=proxy, headers={"X-Forwarded-For": "203.0.113.7, 10.0.0.2"}) == [
            200
        ]

    assert await app_client.statuses(1, address=PROXY, headers={"X-Forwarded-For": "203.0.113.7"}) == [429]
    assert await app_client.statuses(1) == [429]


async def test_changing_within_a_64_is_no_change_of_address(app_client):
    """A line has 2^64 addresses of its own."""
    rotated = [await app_client.statuses(1, address=f"2001:db8:0:1:{n:x}::{n:x}") for n in range(5)]

    assert rotated == [[200], [200], [200], [429], [429]]
    assert await app_client.statuses(1, address="2001:db8:0:2::1") == [200]


async def test_a_mapped_address_is_the_ipv4_one(app_client):
    await app_client.statuses(3, address="::ffff:203.0.113.7")

    assert await app_client.statuses(1, address="203.0.113.7") == [429]


@pytest.mark.parametrize(
    ("setting", "header", "said"),
    [
        ({}, "x-forwarded-for", "192.0.2.9, unknown"),
        ({}, "x-forwarded-for", ""),
        ({}, "x-forwarded-for", "for=192.0.2.9"),
        ({"client_header": "forwarded"}, "forwarded", "for=_hidden"),
        ({"client_header": "forwarded"}, "forwarded", "192.0.2.9"),
    ],
)
async def test_a_proxy_that_writes_no_address_is_told_which_header_is_wrong(setting, header, said):
    """Refused, and not counted as somebody else's: the operator must see it."""
    app_client = AppClient(**TRUSTING, **setting)

    body = problem_of(await app_client.get(headers={header: said}, address=PROXY), 422, "invalid_request")

    assert header in body["detail"]
    assert body["errors"] == []


async def test_health_does_not_hang_on_a_proxys_header(app_client):
    assert (await app_client.get("/livez", headers={"X-Forwarded-For": "junk"}, address=PROXY)).status_code == 200


async def test_callers_without_an_address_share_one_count(app_client):
    """A socket in the file system has none; nobody must be free of the limit for that."""
    statuses = await app_client.statuses(2, address=None) + await app_client.statuses(
        2, address="nothing that anybody knows"
    )

    assert statuses == [200, 200, 200, 429]


async def test_the_address_is_left_to_whoever_answers(app_client):
    """Limits that count in the store need it too."""
    seen = []

    @app_client.app.get("/seen")
    def see(request: Request):
        seen.append(request.state.address)

    await app_client.get("/seen", address=PROXY, headers={"X-Forwarded-For": "203.0.113.7"})
    await app_client.get(COUNTED)

    assert [address.prefixes for address in seen] == [("203.0.113.7",)]
