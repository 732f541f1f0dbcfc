"""An attacker floods the owner of a number with SMS, or guesses the owner's code."""

import asyncio

import pytest

from tests.support.api_calls import (
    CODE,
    WRONG_CODE,
    assert_problem,
    new_verification_id,
    post_request_code,
    post_resend_code,
    post_verify_code,
)
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.callers import Browser, count_statuses, verification_id_of
from tests.support.queues import wait_until_idle

SPELLINGS = [
    {"phone_number": "+31687654321"},
    {"phone_number": "0687654321", "country": "NL"},
    {"phone_number": "0031687654321"},
    {"phone_number": "+31 (0)6-87.65.43.21"},
    {"phone_number": "\N{FULLWIDTH PLUS SIGN}٣١٦٨٧٦٥٤٣٢١"},
]


async def test_five_spellings_of_a_number_share_one_limit(service):
    answers = [await service.client.post("/v1/request-code", json=spelling) for spelling in SPELLINGS]

    assert [answer.status_code for answer in answers] == [202, 202, 202, 429, 429]
    assert assert_problem(answers[-1], 429, "rate_limited")["limit"] == "sends_per_number"


async def test_number_limit_of_an_app_is_shared_by_keys_purposes_and_addresses(service):
    await new_verification_id(service.client, OTHER_PHONE, client_ip="203.0.113.1")
    await new_verification_id(service.client, OTHER_PHONE, purpose="pay", client_ip="203.0.113.2")
    await new_verification_id(service.client, OTHER_PHONE, purpose="signup", subject="user-1", client_ip="203.0.113.3")

    for key, purpose in (("sk_dev", "login"), ("sk_dev", "pay"), ("pk_dev", "login")):
        assert_problem(
            await post_request_code(service.client, OTHER_PHONE, key=key, purpose=purpose), 429, "rate_limited"
        )


async def test_number_has_twice_the_limit_over_all_apps(run_service):
    """The limit protects the recipient, who receives the SMS of all apps; one app does not spend that of another."""
    async with run_service(limit_sends_per_number="2/10min") as service:
        for key in ("sk_dev", "sk_shop"):
            for _ in range(2):
                await new_verification_id(service.client, OTHER_PHONE, key=key)
            body = assert_problem(await post_request_code(service.client, OTHER_PHONE, key=key), 429, "rate_limited")
            assert body["limit"] == "sends_per_number"


async def test_two_hundred_concurrent_requests_send_three_sms(sending, inbox):
    browsers = [Browser(sending.client, f"203.0.113.{n}", key="sk_dev") for n in range(200)]

    answers = await asyncio.gather(*(browser.request_code(OTHER_PHONE) for browser in browsers))

    assert count_statuses(answers) == {(202, ""): 3, (429, "rate_limited"): 197}
    await wait_until_idle(sending.container)
    assert len(inbox.texts_to(OTHER_PHONE)) == 3


async def test_two_hundred_concurrent_resends_send_one_sms(sending, inbox, clock):
    id = await new_verification_id(sending.client, OTHER_PHONE)
    clock.tick(seconds=30)

    answers = await asyncio.gather(*(post_resend_code(sending.client, id) for _ in range(200)))

    assert count_statuses(answers) == {(202, ""): 1, (429, "rate_limited"): 199}
    await wait_until_idle(sending.container)
    assert len(inbox.texts_to(OTHER_PHONE)) == 2


async def test_resend_keeps_the_attempt_count(service, clock):
    id = await new_verification_id(service.client)
    for left, wait in ((4, 30), (3, 60)):
        assert await guess_wrong(service, id) == left
        clock.tick(seconds=wait)
        assert (await post_resend_code(service.client, id)).json()["attempts_left"] == left

    assert [await guess_wrong(service, id) for _ in range(3)] == [2, 1, 0]
    assert_problem(await post_verify_code(service.client, id), 429, "too_many_attempts")


async def guess_wrong(service, id):
    """Check a wrong code and return the attempts left."""
    return assert_problem(await post_verify_code(service.client, id, WRONG_CODE), 400, "incorrect_code")[
        "attempts_left"
    ]


@pytest.mark.parametrize("resend_code", ["same", "new"])
async def test_new_code_and_resend_keep_the_failure_count_of_the_number(run_service, clock, resend_code):
    """Otherwise an attacker could guess without end, five codes at a time."""
    async with run_service(resend_code=resend_code) as service:
        first = await new_verification_id(service.client)
        for _ in range(4):
            await post_verify_code(service.client, first, WRONG_CODE)
        clock.tick(seconds=30)
        assert (await post_resend_code(service.client, first)).status_code == 202
        await post_verify_code(service.client, first, WRONG_CODE)
        second = await new_verification_id(service.client)
        for _ in range(5):
            await post_verify_code(service.client, second, WRONG_CODE)

        body = assert_problem(await post_request_code(service.client), 429, "too_many_attempts")

    assert body["retry_after"] == 30


async def test_wrong_guesses_do_not_delay_a_pending_correct_code(service):
    """The wait applies to new codes only: a stranger's guesses must not lock out the owner."""
    pending, *others = [await new_verification_id(service.client) for _ in range(4)]
    for id in others:
        for _ in range(5):
            await guess_wrong(service, id)
    assert_problem(await post_request_code(service.client), 429, "too_many_attempts")

    approved = await post_verify_code(service.client, pending)

    assert (approved.status_code, approved.json()["status"]) == (200, "approved")


async def test_wrong_guesses_on_one_verification_keep_the_attempts_of_another(service):
    pending, other = await new_verification_id(service.client), await new_verification_id(service.client)
    assert [await guess_wrong(service, other) for _ in range(5)] == [4, 3, 2, 1, 0]

    assert await guess_wrong(service, pending) == 4
    assert_problem(await post_verify_code(service.client, other), 429, "too_many_attempts")


async def test_code_of_one_verification_is_incorrect_for_another(sending, inbox):
    """A leaked SMS, for example an old one, reveals nothing about the other code."""
    first = await new_verification_id(sending.client, OTHER_PHONE)
    codes = [await inbox.code_to(OTHER_PHONE)]
    second = await new_verification_id(sending.client, OTHER_PHONE)
    codes.append(await inbox.code_to(OTHER_PHONE, count=2))
    assert codes[0] != codes[1]

    assert_problem(await post_verify_code(sending.client, second, codes[0]), 400, "incorrect_code")
    assert_problem(await post_verify_code(sending.client, first, codes[1]), 400, "incorrect_code")
    assert (await post_verify_code(sending.client, second, codes[1])).status_code == 200


async def test_code_is_refused_for_another_purpose(service):
    """A login code obtained by phishing must not authorize a payment."""
    login, pay = await new_verification_id(service.client), await new_verification_id(service.client, purpose="pay")

    assert_problem(await post_verify_code(service.client, login, purpose="pay"), 404, "no_pending_verification")
    by_number = {"phone_number": PHONE, "code": CODE, "purpose": "signup"}
    assert_problem(await service.client.post("/v1/verify-code", json=by_number), 404, "no_pending_verification")
    assert (await post_verify_code(service.client, pay, purpose="pay")).status_code == 200
    assert (await post_verify_code(service.client, login, purpose="login")).status_code == 200


async def test_new_request_does_not_end_a_pending_verification(service):
    """Otherwise a stranger could end every code of a number before its owner enters it."""
    owner_id = await new_verification_id(service.client)
    stranger = Browser(service.client, "198.51.100.66")
    for _ in range(10):
        verification_id_of(await stranger.request_code())

    assert (await post_verify_code(service.client, owner_id)).status_code == 200
