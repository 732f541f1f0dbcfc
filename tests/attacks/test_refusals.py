"""A refused request spends no limit: otherwise a stranger could spend the limits of other users by refused requests."""

import pytest

from app.services.admin import block_number
from tests.support.api_calls import WRONG_CODE, assert_problem, bearer
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.callers import Browser, stored_state, verification_id_of
from tests.support.queues import wait_until_idle

THIRD_PHONE = "+31611223344"
TIGHT_LIMITS = {
    "limit_sends_per_number": "1/h",
    "limit_sends_per_address": "2/h",
    "limit_sends_per_subject": "1/h",
    "limit_sends_per_app": "4/h",
    "limit_sends_per_country": "3/h",
}


@pytest.fixture
async def limited_service(run_service, inbox):
    """The service with limits that each can be hit alone, after one SMS was sent and all jobs are done."""
    async with run_service(workers=True, gateways__inbox__url=inbox.url, **TIGHT_LIMITS) as service:
        verification_id_of(await request_code(service, OTHER_PHONE, client_ip="198.51.100.1", subject="user-1"))
        await wait_until_idle(service.container)
        yield service


async def request_code(service, number, *, key="sk_dev", **more):
    return await service.client.post("/v1/request-code", json={"phone_number": number, **more}, headers=bearer(key))


async def assert_refused_without_cost(service, limit, number, **more):
    """Check that this limit refuses repeated requests and that the stored state stays unchanged."""
    before = await stored_state(service)
    for _ in range(5):
        body = assert_problem(await request_code(service, number, **more), 429, "rate_limited")
        assert body["limit"] == limit
    assert await stored_state(service) == before


async def test_refusal_by_the_number_limit_spends_no_other_limit(limited_service):
    """Neither the address, the subject, the app nor the country limit is spent: each is one request from its limit."""
    more = {"client_ip": "198.51.100.2", "subject": "user-2"}

    await assert_refused_without_cost(limited_service, "sends_per_number", OTHER_PHONE, **more)

    assert (await request_code(limited_service, THIRD_PHONE, **more)).status_code == 202


async def test_refusal_by_the_subject_limit_spends_no_other_limit(limited_service):
    await assert_refused_without_cost(
        limited_service, "sends_per_subject", THIRD_PHONE, client_ip="198.51.100.2", subject="user-1"
    )

    assert (
        await request_code(limited_service, THIRD_PHONE, client_ip="198.51.100.2", subject="user-2")
    ).status_code == 202


async def test_refusal_by_the_address_limit_spends_no_other_limit(limited_service):
    assert (await request_code(limited_service, "+31611223355", client_ip="198.51.100.1")).status_code == 202
    await wait_until_idle(limited_service.container)

    await assert_refused_without_cost(
        limited_service, "sends_per_address", THIRD_PHONE, client_ip="198.51.100.1", subject="user-2"
    )

    assert (
        await request_code(limited_service, THIRD_PHONE, client_ip="198.51.100.2", subject="user-2")
    ).status_code == 202


async def test_refusal_by_country_or_app_limit_spends_no_other_limit(limited_service):
    for number in ("+31611223355", "+31611223366"):
        assert (await request_code(limited_service, number)).status_code == 202
    await wait_until_idle(limited_service.container)
    await assert_refused_without_cost(limited_service, "sends_per_country", THIRD_PHONE)
    assert (await request_code(limited_service, "+4915112345678")).status_code == 202
    await wait_until_idle(limited_service.container)

    await assert_refused_without_cost(limited_service, "sends_per_app", "+4915112345679")

    assert (await request_code(limited_service, "+4915112345679", key="sk_shop")).status_code == 202


async def test_early_resend_spends_nothing(sending, clock):
    browser = Browser(sending.client)
    id = verification_id_of(await browser.request_code(OTHER_PHONE))
    await wait_until_idle(sending.container)
    before = await stored_state(sending)

    for _ in range(5):
        assert_problem(await browser.resend_code(id), 429, "rate_limited")

    assert await stored_state(sending) == before
    clock.tick(seconds=30)
    assert (await browser.resend_code(id)).status_code == 202


async def test_request_for_a_locked_out_number_spends_nothing(service):
    browser = Browser(service.client)
    for id in [verification_id_of(await browser.request_code()) for _ in range(2)]:
        for _ in range(5):
            await browser.verify_code(id, WRONG_CODE)
    before = await stored_state(service)

    for _ in range(5):
        assert_problem(await browser.request_code(), 429, "too_many_attempts")

    assert await stored_state(service) == before


async def test_request_for_a_blocked_number_spends_nothing(service):
    await block_number(PHONE, encryption=service.container.store.encryption, numbers=service.container.numbers)
    before = await stored_state(service)

    assert_problem(await Browser(service.client).request_code(subject="user-1"), 403, "destination_blocked")

    assert await stored_state(service) == before


async def test_invalid_request_spends_nothing(service, subtests):
    for body, status, code in [
        ({"phone_number": "hello"}, 422, "invalid_phone_number"),
        ({"phone_number": "+31201234567"}, 422, "invalid_phone_number"),
        ({"phone_number": "0612345678"}, 422, "invalid_phone_number"),
        ({"phone_number": PHONE, "purpose": "Pay me"}, 422, "invalid_request"),
        ({"phone_number": PHONE, "purpose": "pay"}, 403, "forbidden"),
        ({"phone_number": PHONE, "is_admin": True}, 422, "invalid_request"),
        ({"phone_number": PHONE, "client_ip": "198.51.100.1"}, 403, "forbidden"),
        ({"verification_id": "vf_unknown"}, 404, "no_pending_verification"),
        ({"verification_id": "vf_unknown", "phone_number": PHONE}, 422, "invalid_request"),
    ]:
        with subtests.test(f"{body!r} {status!r} {code!r}"):
            before = await stored_state(service)

            answer = await service.client.post("/v1/request-code", json=body, headers=bearer("pk_dev"))

            assert_problem(answer, status, code)
            assert await stored_state(service) == before


async def test_malformed_code_costs_no_attempt(service, subtests):
    for code in ["", "12345", "1234567", "abcdef", "12 34", "      ", "٠٤٢١٣"]:
        with subtests.test(repr(code)):
            browser = Browser(service.client)
            id = verification_id_of(await browser.request_code())
            before = await stored_state(service)

            assert_problem(await browser.verify_code(id, code), 422, "invalid_request")

            assert await stored_state(service) == before
