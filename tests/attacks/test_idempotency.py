"""A call is repeated with its Idempotency-Key: after a lost response, after a double click, or by an attacker."""

import asyncio

import pytest

from tests.support.api_calls import WRONG_CODE, assert_problem, new_verification_id, post_request_code
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.callers import Browser, count_statuses, stored_state, verification_id_of
from tests.support.queues import wait_until_idle

KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"


async def test_same_key_from_two_browsers_creates_two_verifications(sending, inbox):
    """A key is chosen by one browser; another browser with the same key must not receive its verification."""
    browser, other_browser = Browser(sending.client, "203.0.113.1"), Browser(sending.client, "203.0.113.2")

    ids = {
        verification_id_of(await browser.request_code(OTHER_PHONE, idempotency_key=KEY))
        for browser in (browser, other_browser)
    }

    assert len(ids) == 2
    await wait_until_idle(sending.container)
    assert len(inbox.texts_to(OTHER_PHONE)) == 2


async def test_same_key_from_one_browser_sends_one_sms(sending, inbox, clock):
    browser = Browser(sending.client)
    first = await browser.request_code(OTHER_PHONE, idempotency_key=KEY)
    clock.tick(seconds=20)

    again = await browser.request_code(OTHER_PHONE, idempotency_key=KEY)

    assert (again.status_code, again.json()["verification_id"]) == (202, verification_id_of(first))
    await wait_until_idle(sending.container)
    assert len(inbox.texts_to(OTHER_PHONE)) == 1


@pytest.mark.parametrize("key", ["sk_dev", "pk_dev"])
async def test_fifty_concurrent_equal_requests_send_one_sms(sending, inbox, key):
    browser = Browser(sending.client, key=key)

    answers = await asyncio.gather(*(browser.request_code(OTHER_PHONE, idempotency_key=KEY) for _ in range(50)))

    assert count_statuses(answers) == {(202, ""): 50}
    assert len({verification_id_of(answer) for answer in answers}) == 1
    await wait_until_idle(sending.container)
    assert len(inbox.texts_to(OTHER_PHONE)) == 1


async def test_repeat_spends_no_limit(sending):
    """Also when every limit is spent: the stored answer is returned."""
    service, browser = sending, Browser(sending.client)
    first = await browser.request_code(OTHER_PHONE, idempotency_key=KEY)
    for _ in range(2):
        verification_id_of(await browser.request_code(OTHER_PHONE))
    assert_problem(await browser.request_code(OTHER_PHONE), 429, "rate_limited")
    await wait_until_idle(service.container)
    before = await stored_state(service)

    for _ in range(10):
        assert verification_id_of(await browser.request_code(OTHER_PHONE, idempotency_key=KEY)) == verification_id_of(
            first
        )

    assert await stored_state(service) == before


async def test_same_key_with_another_body_is_refused(service):
    browser = Browser(service.client)
    verification_id_of(await browser.request_code(PHONE, idempotency_key=KEY))
    before = await stored_state(service)

    assert_problem(await browser.request_code(OTHER_PHONE, idempotency_key=KEY), 422, "idempotency_key_reused")
    assert_problem(
        await browser.request_code(PHONE, reference="other", idempotency_key=KEY), 422, "idempotency_key_reused"
    )

    assert await stored_state(service) == before


async def test_quoted_and_unquoted_key_are_the_same(service):
    browser = Browser(service.client)

    ids = {
        verification_id_of(await browser.request_code(OTHER_PHONE, idempotency_key=key)) for key in (KEY, f'"{KEY}"')
    }

    assert len(ids) == 1


async def test_same_key_from_two_apps_creates_two_verifications(service):
    ids = {(await request_code_as(service, key)).json()["verification_id"] for key in ("sk_dev", "sk_shop")}

    assert len(ids) == 2


async def request_code_as(service, key):
    return await Browser(service.client, key=key).request_code(OTHER_PHONE, idempotency_key=KEY)


async def test_same_key_on_another_route_is_independent(service):
    browser = Browser(service.client)
    id = verification_id_of(await browser.request_code(idempotency_key=KEY))

    assert (await browser.verify_code(id, idempotency_key=KEY)).status_code == 200


async def test_answer_is_stored_for_a_day_and_proof_for_a_minute(service, key):
    """The store's clock cannot be changed by a test, so the TTL of each answer is read."""
    browser = Browser(service.client)
    id = verification_id_of(await browser.request_code(idempotency_key=KEY))
    (request_ttl,) = await answer_ttls(service, key)
    assert (await browser.verify_code(id, idempotency_key=KEY)).status_code == 200
    minute, day = sorted(await answer_ttls(service, key))

    assert 86_390_000 < day <= request_ttl <= 86_400_000
    assert 50_000 < minute <= 60_000


async def answer_ttls(service, key):
    """Return the TTL of each stored answer, in milliseconds."""
    return [
        await service.redis.pttl(name)
        for name in await stored_state(service)
        if name.startswith(key("idempotency", "").encode())
    ]


async def test_approval_is_replayed_to_the_same_call(service, clock):
    """Otherwise a bad connection would lock out an approved user."""
    browser = Browser(service.client)
    id = verification_id_of(await browser.request_code())
    approved = (await browser.verify_code(id, idempotency_key=KEY)).json()
    clock.tick(seconds=59)

    again = await browser.verify_code(id, idempotency_key=KEY)

    assert again.status_code == 200
    assert again.json() == approved
    assert_problem(await browser.verify_code(id), 404, "no_pending_verification")


async def test_proof_is_not_replayed_to_a_different_call(service):
    """The key, the browser, the id and the code must all be the same."""
    browser = Browser(service.client)
    id = verification_id_of(await browser.request_code())
    assert (await browser.verify_code(id, idempotency_key=KEY)).status_code == 200

    others = [
        await browser.verify_code(id),
        await browser.verify_code(id, idempotency_key="another"),
        await Browser(service.client, "198.51.100.9").verify_code(id, idempotency_key=KEY),
        await Browser(service.client, key="sk_dev").verify_code(id, idempotency_key=KEY),
    ]

    assert count_statuses(others) == {(404, "no_pending_verification"): 4}
    changed = [
        await browser.verify_code(id, WRONG_CODE, idempotency_key=KEY),
        await browser.verify_code("vf_other", idempotency_key=KEY),
    ]
    assert [answer.status_code for answer in changed] == [422, 422]


async def test_fifty_concurrent_equal_checks_return_one_proof(service):
    browser = Browser(service.client)
    id = verification_id_of(await browser.request_code())

    answers = await asyncio.gather(*(browser.verify_code(id, idempotency_key=KEY) for _ in range(50)))

    assert count_statuses(answers) == {(200, ""): 50}
    assert len({answer.json()["proof"] for answer in answers}) == 1
    proof = {"proof": answers[0].json()["proof"]}
    redeemed = [(await service.client.post("/v1/proofs/redeem", json=proof)).json()["active"] for _ in range(2)]
    assert redeemed == [True, False]


async def test_wrong_guesses_with_a_key_are_counted_each_time(service):
    """The answer to a wrong guess is not stored for its key: each one is counted."""
    browser = Browser(service.client)
    id = verification_id_of(await browser.request_code())

    answers = [await browser.verify_code(id, WRONG_CODE, idempotency_key=KEY) for _ in range(6)]

    assert count_statuses(answers) == {(400, "incorrect_code"): 5, (429, "too_many_attempts"): 1}


async def test_invalid_key_is_refused(service, subtests):
    """Some clients send an empty key; accepting it would merge all their calls into one."""
    for idempotency_key in ["", '"', "x" * 256, "ключ".encode(), "a\tb"]:
        with subtests.test(repr(idempotency_key)):
            before = await stored_state(service)
            headers = {"Idempotency-Key": idempotency_key}
            answer = await service.client.post("/v1/request-code", json={"phone_number": PHONE}, headers=headers)

            assert_problem(answer, 422, "invalid_request")
            assert await stored_state(service) == before


async def test_stored_answer_survives_a_restart(run_service, clock, engine_url):
    """A restart of the service may cause the lost response."""
    async with run_service(redis_url=engine_url) as service:
        first = verification_id_of(await Browser(service.client).request_code(OTHER_PHONE, idempotency_key=KEY))
    async with run_service(redis_url=engine_url) as service:
        assert verification_id_of(await Browser(service.client).request_code(OTHER_PHONE, idempotency_key=KEY)) == first


async def test_key_of_another_browser_reveals_nothing(service):
    """It reveals neither that the key was used nor with which body."""
    verification_id_of(await Browser(service.client, "203.0.113.1").request_code(OTHER_PHONE, idempotency_key=KEY))

    answer = await Browser(service.client, "203.0.113.2").request_code(PHONE, idempotency_key=KEY)

    assert answer.status_code == 202
    assert (await post_request_code(service.client, PHONE)).status_code == 202
    assert await new_verification_id(service.client)
