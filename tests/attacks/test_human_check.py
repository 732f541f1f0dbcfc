"""An attacker reuses a solve_challenge human check, or one that was issued to another caller."""

import asyncio

import pytest

from tests.support.api_calls import assert_problem
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.callers import Browser, count_statuses, stored_state, verification_id_of
from tests.support.solving import solve

ALTCHA = {"human_check": "altcha", "human_check_cost": 1000}
KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"


@pytest.fixture
async def protected_service(run_service):
    """The service with a human check required for every browser."""
    async with run_service(**ALTCHA) as service:
        yield service


async def get_challenge(browser, number=PHONE, *, work=1):
    headers = {"Otp-Phone-Number": number}
    return (await browser.get(f"/v1/human-check?work={work}", **headers)).json()["challenge"]


async def solve_challenge(browser, number=PHONE, *, work=1):
    return solve(await get_challenge(browser, number, work=work))


async def test_request_without_a_solution_is_refused(protected_service):
    before = await stored_state(protected_service)

    assert_problem(await Browser(protected_service.client).request_code(), 403, "human_check_required")

    assert await stored_state(protected_service) == before


async def test_solution_is_accepted_once(protected_service):
    browser = Browser(protected_service.client)
    token = await solve_challenge(browser)
    verification_id_of(await browser.request_code(human_check=token))
    before = await stored_state(protected_service)

    assert_problem(await browser.request_code(human_check=token), 403, "human_check_failed")

    assert await stored_state(protected_service) == before


async def test_one_of_fifty_concurrent_calls_with_one_solution_is_accepted(protected_service):
    browser = Browser(protected_service.client)
    token = await solve_challenge(browser)

    answers = await asyncio.gather(*(browser.request_code(human_check=token) for _ in range(50)))

    assert count_statuses(answers) == {(202, ""): 1, (403, "human_check_failed"): 49}


async def test_solution_is_bound_to_its_number(protected_service):
    """Otherwise one solution for an honest number would admit requests for any number."""
    browser = Browser(protected_service.client)
    token = await solve_challenge(browser, PHONE)
    before = await stored_state(protected_service)

    assert_problem(await browser.request_code(OTHER_PHONE, human_check=token), 403, "human_check_failed")

    assert await stored_state(protected_service) == before
    verification_id_of(await browser.request_code(PHONE, human_check=token))


async def test_solution_is_bound_to_its_address(protected_service):
    """Otherwise one machine could solve challenges for a thousand others."""
    here, there = Browser(protected_service.client, "203.0.113.1"), Browser(protected_service.client, "203.0.113.2")
    token = await solve_challenge(here)

    assert_problem(await there.request_code(human_check=token), 403, "human_check_failed")
    verification_id_of(await here.request_code(human_check=token))


async def test_refused_request_does_not_consume_the_solution(protected_service):
    """Otherwise the user would have to solve another challenge."""
    browser = Browser(protected_service.client)
    token = await solve_challenge(browser)
    assert_problem(await browser.request_code(human_check=token, purpose="pay"), 403, "forbidden")

    verification_id_of(await browser.request_code(human_check=token))


async def test_idempotent_repeat_needs_no_second_solution(protected_service):
    """The solution is used and no second SMS is sent; another call with that solution is refused."""
    browser = Browser(protected_service.client)
    token = await solve_challenge(browser)
    first = verification_id_of(await browser.request_code(human_check=token, idempotency_key=KEY))

    assert verification_id_of(await browser.request_code(human_check=token, idempotency_key=KEY)) == first
    assert_problem(await browser.request_code(human_check=token, idempotency_key="another"), 403, "human_check_failed")


async def test_solution_of_an_easier_challenge_is_refused(protected_service, subtests):
    """A solution found with less work can match the original challenge by chance, at most one time in sixteen."""
    for easier in [
        {"cost": 1},
        {"keyPrefix": ""},
        {"keyPrefix": "0"},
        {"algorithm": "SHA-256"},
        {"keyPrefix": "", "cost": 1},
    ]:
        with subtests.test(repr(easier)):
            browser = Browser(protected_service.client)
            for _ in range(6):
                challenge = await get_challenge(browser)
                challenge["parameters"] |= easier
                answer = await browser.request_code(human_check=solve(challenge))
                if answer.status_code != 202:
                    break

            assert_problem(answer, 403, "human_check_failed")


async def test_altered_challenge_is_refused(protected_service, subtests):
    """A challenge with an extended expiry is refused too."""
    for changed in [{"expiresAt": 4_000_000_000}, {"nonce": "00" * 16}, {"salt": "00" * 16}]:
        with subtests.test(repr(changed)):
            browser = Browser(protected_service.client)
            challenge = await get_challenge(browser)
            challenge["parameters"] |= changed

            assert_problem(await browser.request_code(human_check=solve(challenge)), 403, "human_check_failed")


async def test_resend_requires_a_human_check(protected_service, clock):
    browser = Browser(protected_service.client)
    id = verification_id_of(await browser.request_code(human_check=await solve_challenge(browser)))
    clock.tick(seconds=30)

    assert_problem(await browser.resend_code(id), 403, "human_check_required")
    assert (await browser.resend_code(id, human_check=await solve_challenge(browser))).status_code == 202


async def test_suspicious_mode_requires_a_human_check_near_a_limit(run_service):
    """With three SMS per number in ten minutes, the third is over four fifths of the limit."""
    async with run_service(**ALTCHA, human_check_when="suspicious") as service:
        browser = Browser(service.client)
        for _ in range(2):
            verification_id_of(await browser.request_code(OTHER_PHONE))

        refusal = await browser.request_code(OTHER_PHONE)
        assert assert_problem(refusal, 403, "human_check_required")["work"] == 2
        token = await solve_challenge(browser, OTHER_PHONE, work=2)
        verification_id_of(await browser.request_code(OTHER_PHONE, human_check=token))


async def test_a_challenge_of_calm_times_is_not_enough_once_more_work_is_required(run_service):
    """Else tokens could be collected while they are cheap. A refused one does not spend the number's last send."""
    async with run_service(**ALTCHA, human_check_when="always") as service:
        browser = Browser(service.client)
        cheap = await solve_challenge(browser, OTHER_PHONE)
        for _ in range(2):
            token = await solve_challenge(browser, OTHER_PHONE)
            verification_id_of(await browser.request_code(OTHER_PHONE, human_check=token))

        for _ in range(2):
            refusal = await browser.request_code(OTHER_PHONE, human_check=cheap)
            assert assert_problem(refusal, 403, "human_check_required")["work"] == 2

        dear = await solve_challenge(browser, OTHER_PHONE, work=2)
        verification_id_of(await browser.request_code(OTHER_PHONE, human_check=dear))


@pytest.mark.parametrize("work", ["0", "17", "-1", "1.5", "x"])
async def test_a_challenge_of_another_work_is_not_issued(protected_service, work):
    headers = {"Otp-Phone-Number": PHONE}
    answer = await Browser(protected_service.client).get(f"/v1/human-check?work={work}", **headers)

    assert assert_problem(answer, 422, "invalid_request")["errors"][0]["query"] == "work"
