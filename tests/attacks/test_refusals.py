"""A request that is refused spends nothing: else a stranger could use up by refusals what is somebody else's."""

import pytest

from app.services.admin import block_number
from tests.support.api_calls import WRONG, bearer, problem_of
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.callers import Browser, id_of, kept
from tests.support.queues import quiet

THIRD = "+31611223344"
NARROW = {
    "limit_sends_per_number": "1/h",
    "limit_sends_per_address": "2/h",
    "limit_sends_per_subject": "1/h",
    "limit_sends_per_app": "4/h",
    "limit_sends_per_country": "3/h",
}


@pytest.fixture
async def narrow(run_service, inbox):
    """Every limit can be met by itself: one SMS was sent, and nothing moves any more."""
    async with run_service(workers=True, gateways__inbox__url=inbox.url, **NARROW) as service:
        id_of(await ask(service, OTHER_PHONE, client_ip="198.51.100.1", subject="user-1"))
        await quiet(service.container)
        yield service


async def ask(service, number, *, key="sk_dev", **more):
    return await service.client.post("/v1/request-code", json={"phone_number": number, **more}, headers=bearer(key))


async def refused_for_nothing(service, limit, number, **more):
    """Be refused by this limit again and again, and find all as it was."""
    before = await kept(service)
    for _ in range(5):
        body = problem_of(await ask(service, number, **more), 429, "rate_limited")
        assert body["limit"] == limit
    assert await kept(service) == before


async def test_by_the_limit_of_a_number_nothing_else_is_spent(narrow):
    """Not the address, not the subject, not the app, not the country: each would be next."""
    more = {"client_ip": "198.51.100.2", "subject": "user-2"}

    await refused_for_nothing(narrow, "sends_per_number", OTHER_PHONE, **more)

    assert (await ask(narrow, THIRD, **more)).status_code == 202


async def test_by_the_limit_of_a_subject_nothing_else_is_spent(narrow):
    await refused_for_nothing(narrow, "sends_per_subject", THIRD, client_ip="198.51.100.2", subject="user-1")

    assert (await ask(narrow, THIRD, client_ip="198.51.100.2", subject="user-2")).status_code == 202


async def test_by_the_limit_of_an_address_nothing_else_is_spent(narrow):
    assert (await ask(narrow, "+31611223355", client_ip="198.51.100.1")).status_code == 202
    await quiet(narrow.container)

    await refused_for_nothing(narrow, "sends_per_address", THIRD, client_ip="198.51.100.1", subject="user-2")

    assert (await ask(narrow, THIRD, client_ip="198.51.100.2", subject="user-2")).status_code == 202


async def test_by_the_limits_of_country_and_app_nothing_else_is_spent(narrow):
    for number in ("+31611223355", "+31611223366"):
        assert (await ask(narrow, number)).status_code == 202
    await quiet(narrow.container)
    await refused_for_nothing(narrow, "sends_per_country", THIRD)
    assert (await ask(narrow, "+4915112345678")).status_code == 202
    await quiet(narrow.container)

    await refused_for_nothing(narrow, "sends_per_app", "+4915112345679")

    assert (await ask(narrow, "+4915112345679", key="sk_shop")).status_code == 202


async def test_a_resend_that_is_too_early_spends_nothing(sending, clock):
    browser = Browser(sending.client)
    id = id_of(await browser.ask(OTHER_PHONE))
    await quiet(sending.container)
    before = await kept(sending)

    for _ in range(5):
        problem_of(await browser.ask_again(id), 429, "rate_limited")

    assert await kept(sending) == before
    clock.tick(seconds=30)
    assert (await browser.ask_again(id)).status_code == 202


async def test_a_number_that_waits_spends_nothing(service):
    browser = Browser(service.client)
    for id in [id_of(await browser.ask()) for _ in range(2)]:
        for _ in range(5):
            await browser.check(id, WRONG)
    before = await kept(service)

    for _ in range(5):
        problem_of(await browser.ask(), 429, "too_many_attempts")

    assert await kept(service) == before


async def test_a_blocked_number_spends_nothing(service):
    await block_number(PHONE, keyring=service.container.keyring, numbers=service.container.numbers)
    before = await kept(service)

    problem_of(await Browser(service.client).ask(subject="user-1"), 403, "destination_blocked")

    assert await kept(service) == before


async def test_what_cannot_be_asked_spends_nothing(service, subtests):
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
            before = await kept(service)

            answer = await service.client.post("/v1/request-code", json=body, headers=bearer("pk_dev"))

            problem_of(answer, status, code)
            assert await kept(service) == before


async def test_what_is_no_code_costs_no_attempt(service, subtests):
    for code in ["", "12345", "1234567", "abcdef", "12 34", "      ", "٠٤٢١٣"]:
        with subtests.test(repr(code)):
            browser = Browser(service.client)
            id = id_of(await browser.ask())
            before = await kept(service)

            problem_of(await browser.check(id, code), 422, "invalid_request")

            assert await kept(service) == before
