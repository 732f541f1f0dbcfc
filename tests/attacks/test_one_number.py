"""Somebody wants to flood a number's owner, or to guess the owner's code."""

import asyncio

import pytest

from tests.support.api_calls import CODE, WRONG, ask, ask_again, check, new_id, problem_of
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.callers import Browser, id_of, statuses
from tests.support.queues import quiet

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
    assert problem_of(answers[-1], 429, "rate_limited")["limit"] == "sends_per_number"


async def test_other_apps_keys_purposes_and_addresses_buy_no_further_sms(service):
    """The owner's phone rings the same, whoever sends."""
    await new_id(service.client, OTHER_PHONE, client_ip="203.0.113.1")
    await new_id(service.client, OTHER_PHONE, key="sk_shop", purpose="pay", client_ip="203.0.113.2")
    await new_id(service.client, OTHER_PHONE, purpose="signup", subject="somebody", client_ip="203.0.113.3")

    for key, purpose in (("sk_dev", "login"), ("sk_shop", "signup"), ("pk_dev", "login"), ("pk_shop", "signup")):
        problem_of(await ask(service.client, OTHER_PHONE, key=key, purpose=purpose), 429, "rate_limited")


async def test_two_hundred_requests_at_once_send_exactly_three_sms(sending, inbox):
    browsers = [Browser(sending.client, f"203.0.113.{n}", key="sk_dev") for n in range(200)]

    answers = await asyncio.gather(*(browser.ask(OTHER_PHONE) for browser in browsers))

    assert statuses(answers) == {(202, ""): 3, (429, "rate_limited"): 197}
    await quiet(sending.container)
    assert len(inbox.texts_to(OTHER_PHONE)) == 3


async def test_two_hundred_resends_at_once_send_one_sms(sending, inbox, clock):
    id = await new_id(sending.client, OTHER_PHONE)
    clock.tick(seconds=30)

    answers = await asyncio.gather(*(ask_again(sending.client, id) for _ in range(200)))

    assert statuses(answers) == {(202, ""): 1, (429, "rate_limited"): 199}
    await quiet(sending.container)
    assert len(inbox.texts_to(OTHER_PHONE)) == 2


async def test_a_resend_resets_no_attempts(service, clock):
    id = await new_id(service.client)
    for left, wait in ((4, 30), (3, 60)):
        assert await guess_wrong(service, id) == left
        clock.tick(seconds=wait)
        assert (await ask_again(service.client, id)).json()["attempts_left"] == left

    assert [await guess_wrong(service, id) for _ in range(3)] == [2, 1, 0]
    problem_of(await check(service.client, id), 429, "too_many_attempts")


async def guess_wrong(service, id):
    """Tell how many attempts are left."""
    return problem_of(await check(service.client, id, WRONG), 400, "incorrect_code")["attempts_left"]


@pytest.mark.parametrize("resend_code", ["same", "new"])
async def test_neither_a_new_code_nor_a_resend_resets_the_failures_of_a_number(run_service, clock, resend_code):
    """Else somebody could guess for ever, five at a time."""
    async with run_service(resend_code=resend_code) as service:
        first = await new_id(service.client)
        for _ in range(4):
            await check(service.client, first, WRONG)
        clock.tick(seconds=30)
        assert (await ask_again(service.client, first)).status_code == 202
        await check(service.client, first, WRONG)
        second = await new_id(service.client)
        for _ in range(5):
            await check(service.client, second, WRONG)

        body = problem_of(await ask(service.client), 429, "too_many_attempts")

    assert body["retry_after"] == 30


async def test_wrong_guesses_never_delay_a_right_code_that_is_pending(service):
    """A wait is for new codes: a stranger who guesses must not keep the owner out."""
    pending, *others = [await new_id(service.client) for _ in range(4)]
    for id in others:
        for _ in range(5):
            await guess_wrong(service, id)
    problem_of(await ask(service.client), 429, "too_many_attempts")

    approved = await check(service.client, pending)

    assert (approved.status_code, approved.json()["status"]) == (200, "approved")


async def test_wrong_guesses_of_others_leave_a_pending_code_its_attempts(service):
    pending, other = await new_id(service.client), await new_id(service.client)
    assert [await guess_wrong(service, other) for _ in range(5)] == [4, 3, 2, 1, 0]

    assert await guess_wrong(service, pending) == 4
    problem_of(await check(service.client, other), 429, "too_many_attempts")


async def test_two_verifications_of_a_number_share_no_code(sending, inbox):
    """Whoever reads one SMS, an old one say, knows nothing of the other."""
    first = await new_id(sending.client, OTHER_PHONE)
    codes = [await inbox.code_to(OTHER_PHONE)]
    second = await new_id(sending.client, OTHER_PHONE)
    codes.append(await inbox.code_to(OTHER_PHONE, count=2))
    assert codes[0] != codes[1]

    problem_of(await check(sending.client, second, codes[0]), 400, "incorrect_code")
    problem_of(await check(sending.client, first, codes[1]), 400, "incorrect_code")
    assert (await check(sending.client, second, codes[1])).status_code == 200


async def test_a_code_is_of_no_use_for_another_purpose(service):
    """A login code that somebody was talked out of must not move money."""
    login, pay = await new_id(service.client), await new_id(service.client, purpose="pay")

    problem_of(await check(service.client, login, purpose="pay"), 404, "no_pending_verification")
    by_number = {"phone_number": PHONE, "code": CODE, "purpose": "signup"}
    problem_of(await service.client.post("/v1/verify-code", json=by_number), 404, "no_pending_verification")
    assert (await check(service.client, pay, purpose="pay")).status_code == 200
    assert (await check(service.client, login, purpose="login")).status_code == 200


async def test_a_new_request_ends_no_other(service):
    """Else a stranger who knows a number could keep its owner from ever typing a code in time."""
    mine = await new_id(service.client)
    stranger = Browser(service.client, "198.51.100.66")
    for _ in range(10):
        id_of(await stranger.ask())

    assert (await check(service.client, mine)).status_code == 200
