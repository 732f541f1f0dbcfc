"""An attacker uses many client addresses, or forges them."""

import pytest

from tests.support.api_calls import assert_problem, new_verification_id, post_request_code, post_verify_code
from tests.support.callers import Browser, stored_state, verification_id_of

NUMBERS = [f"+316100000{n:02d}" for n in range(100)]


async def send(client, address, number):
    return await post_request_code(client, number, client_ip=address)


async def test_addresses_of_one_ipv6_64_share_a_limit(run_service):
    """An IPv6 connection has 18 quintillion addresses: a /64 counts as one."""
    async with run_service(limit_sends_per_address="10/h") as service:
        for n, number in enumerate(NUMBERS[:10]):
            assert (await send(service.client, f"2001:db8:1:1::{n + 1:x}", number)).status_code == 202

        body = assert_problem(
            await send(service.client, "2001:db8:1:1:ffff:ffff:ffff:ffff", NUMBERS[10]), 429, "rate_limited"
        )

        assert (body["limit"], body["retry_after"]) == ("sends_per_address", 3600)
        assert (await send(service.client, "2001:db8:1:2::1", NUMBERS[10])).status_code == 202


async def test_ipv6_48_has_ten_times_the_limit(run_service):
    """A hosting customer gets a /48, which contains 65,536 /64 networks."""
    async with run_service(limit_sends_per_address="2/h") as service:
        for n, number in enumerate(NUMBERS[:20]):
            assert (await send(service.client, f"2001:db8:1:{n:x}::1", number)).status_code == 202

        body = assert_problem(await send(service.client, "2001:db8:1:ffff::1", NUMBERS[20]), 429, "rate_limited")

        assert body["limit"] == "sends_per_address"
        assert (await send(service.client, "2001:db8:2::1", NUMBERS[20])).status_code == 202


async def test_ipv4_mapped_ipv6_address_is_the_same_address(run_service):
    async with run_service(limit_sends_per_address="2/h") as service:
        assert (await send(service.client, "198.51.100.7", NUMBERS[0])).status_code == 202
        assert (await send(service.client, "::ffff:198.51.100.7", NUMBERS[1])).status_code == 202

        assert_problem(await send(service.client, "::ffff:c633:6407", NUMBERS[2]), 429, "rate_limited")


async def test_browser_cannot_set_client_ip(service):
    """Otherwise it could send a new address with each call."""
    before = await stored_state(service)

    assert_problem(await Browser(service.client).request_code(client_ip="198.51.100.1"), 403, "forbidden")

    assert await stored_state(service) == before


@pytest.mark.parametrize("address", ["198.51.100.1", "2001:db8::1"])
async def test_browser_and_backend_with_the_same_client_ip_share_a_limit(run_service, address):
    async with run_service(limit_sends_per_address="2/h") as service:
        verification_id_of(await Browser(service.client, address).request_code(NUMBERS[0]))
        verification_id_of(await send(service.client, address, NUMBERS[1]))

        assert_problem(await Browser(service.client, address).request_code(NUMBERS[2]), 429, "rate_limited")
        assert_problem(await send(service.client, address, NUMBERS[2]), 429, "rate_limited")


async def test_address_and_number_limits_are_independent(run_service):
    """A combined limit would not count calls that vary one of the two."""
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

        limits = [assert_problem(answer, 429, "rate_limited")["limit"] for answer in refused]
        assert limits == ["sends_per_address", "sends_per_number"]


async def test_backend_without_client_ip_is_held_by_all_other_limits(run_service):
    async with run_service(limit_sends_per_address="1/h", limit_sends_per_app="5/h") as service:
        for number in NUMBERS[:5]:
            await new_verification_id(service.client, number)

        assert (
            assert_problem(await post_request_code(service.client, NUMBERS[5]), 429, "rate_limited")["limit"]
            == "sends_per_app"
        )


async def test_approval_refunds_the_sends_of_its_address(run_service, inbox):
    """An office whose users log in from one address is not limited; an address without approvals is."""
    async with run_service(workers=True, gateways__inbox__url=inbox.url, limit_sends_per_address="2/h") as service:
        office = Browser(service.client, "198.51.100.1")
        for number in NUMBERS[:6]:
            id = verification_id_of(await office.request_code(number))
            assert (await office.verify_code(id, await inbox.code_to(number))).status_code == 200
        for number in NUMBERS[6:8]:
            verification_id_of(await office.request_code(number))

        assert_problem(await office.request_code(NUMBERS[8]), 429, "rate_limited")


async def test_approval_refunds_resends(run_service, inbox, clock):
    async with run_service(workers=True, gateways__inbox__url=inbox.url, limit_sends_per_address="2/h") as service:
        office = Browser(service.client, "198.51.100.1")
        id = verification_id_of(await office.request_code(NUMBERS[0]))
        clock.tick(seconds=30)
        verification_id_of(await office.resend_code(id))
        assert_problem(await office.request_code(NUMBERS[1]), 429, "rate_limited")

        assert (await office.verify_code(id, await inbox.code_to(NUMBERS[0]))).status_code == 200

        for number in NUMBERS[1:3]:
            verification_id_of(await office.request_code(number))


async def test_approval_does_not_refund_another_address(run_service, inbox):
    """Otherwise one real phone could reset the limits of any number of addresses."""
    async with run_service(workers=True, gateways__inbox__url=inbox.url, limit_sends_per_address="2/h") as service:
        browser, other_browser = Browser(service.client, "198.51.100.1"), Browser(service.client, "198.51.100.2")
        for number in NUMBERS[:2]:
            verification_id_of(await browser.request_code(number))
        id = verification_id_of(await other_browser.request_code(NUMBERS[2]))
        assert (await other_browser.verify_code(id, await inbox.code_to(NUMBERS[2]))).status_code == 200

        assert_problem(await browser.request_code(NUMBERS[3]), 429, "rate_limited")


async def test_wrong_checks_at_verifications_of_others_count_by_address(run_service):
    async with run_service(limit_checks_per_address="3/10min", failure_watch="false") as service:
        ids = [await new_verification_id(service.client) for _ in range(5)]
        browser = Browser(service.client, "198.51.100.1")
        for id in ids[:2]:
            assert_problem(await browser.verify_code(id, "999999"), 400, "incorrect_code")
        assert (await browser.verify_code(ids[2])).status_code == 200
        assert_problem(
            await browser.verify_code(await new_verification_id(service.client), "999999"), 400, "incorrect_code"
        )

        assert_problem(await browser.verify_code(await new_verification_id(service.client)), 429, "rate_limited")
        assert (await post_verify_code(service.client, await new_verification_id(service.client))).status_code == 200
