"""Somebody wants to show one solved challenge many times, or somebody else's."""

import asyncio

import pytest

from tests.support.api_calls import problem_of
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.callers import Browser, id_of, kept, statuses
from tests.support.solving import solve

ALTCHA = {"human_check": "altcha", "human_check_cost": 1000}
KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"


@pytest.fixture
async def guarded(run_service):
    """Every browser must show that a person asks."""
    async with run_service(**ALTCHA) as service:
        yield service


async def challenge_for(browser, number=PHONE):
    return (await browser.get("/v1/human-check", **{"Otp-Phone-Number": number})).json()["challenge"]


async def solved(browser, number=PHONE):
    return solve(await challenge_for(browser, number))


async def test_without_a_solution_no_sms_is_sent(guarded):
    before = await kept(guarded)

    problem_of(await Browser(guarded.client).ask(), 403, "human_check_required")

    assert await kept(guarded) == before


async def test_a_solution_counts_once(guarded):
    browser = Browser(guarded.client)
    token = await solved(browser)
    id_of(await browser.ask(human_check=token))
    before = await kept(guarded)

    problem_of(await browser.ask(human_check=token), 403, "human_check_failed")

    assert await kept(guarded) == before


async def test_of_fifty_calls_with_one_solution_one_is_served(guarded):
    browser = Browser(guarded.client)
    token = await solved(browser)

    answers = await asyncio.gather(*(browser.ask(human_check=token) for _ in range(50)))

    assert statuses(answers) == {(202, ""): 1, (403, "human_check_failed"): 49}


async def test_a_solution_is_for_one_number(guarded):
    """Else one honest number would pay for all that a machine then asks for."""
    browser = Browser(guarded.client)
    token = await solved(browser, PHONE)
    before = await kept(guarded)

    problem_of(await browser.ask(OTHER_PHONE, human_check=token), 403, "human_check_failed")

    assert await kept(guarded) == before
    id_of(await browser.ask(PHONE, human_check=token))


async def test_a_solution_is_for_one_address(guarded):
    """Else one machine would solve for a thousand that ask."""
    here, there = Browser(guarded.client, "203.0.113.1"), Browser(guarded.client, "203.0.113.2")
    token = await solved(here)

    problem_of(await there.ask(human_check=token), 403, "human_check_failed")
    id_of(await here.ask(human_check=token))


async def test_a_refused_request_does_not_use_a_solution_up(guarded):
    """The person would have to solve another, for nothing that it did."""
    browser = Browser(guarded.client)
    token = await solved(browser)
    problem_of(await browser.ask(human_check=token, purpose="pay"), 403, "forbidden")

    id_of(await browser.ask(human_check=token))


async def test_a_repeat_by_its_key_needs_no_second_solution(guarded):
    """Its solution is used up, and it sends no second SMS; but another call with that solution does not pass."""
    browser = Browser(guarded.client)
    token = await solved(browser)
    first = id_of(await browser.ask(human_check=token, repeat=KEY))

    assert id_of(await browser.ask(human_check=token, repeat=KEY)) == first
    problem_of(await browser.ask(human_check=token, repeat="another"), 403, "human_check_failed")


async def test_the_solution_of_a_challenge_that_was_made_easier_is_refused(guarded, subtests):
    """One that was found with less work may by luck, one time in sixteen at best, be right for ours as well."""
    for easier in [
        {"cost": 1},
        {"keyPrefix": ""},
        {"keyPrefix": "0"},
        {"algorithm": "SHA-256"},
        {"keyPrefix": "", "cost": 1},
    ]:
        with subtests.test(repr(easier)):
            browser = Browser(guarded.client)
            for _ in range(6):
                challenge = await challenge_for(browser)
                challenge["parameters"] |= easier
                answer = await browser.ask(human_check=solve(challenge))
                if answer.status_code != 202:
                    break

            problem_of(answer, 403, "human_check_failed")


async def test_a_challenge_that_nobody_here_set_is_refused(guarded, subtests):
    """Nor one that was set, and would live longer."""
    for changed in [{"expiresAt": 4_000_000_000}, {"nonce": "00" * 16}, {"salt": "00" * 16}]:
        with subtests.test(repr(changed)):
            browser = Browser(guarded.client)
            challenge = await challenge_for(browser)
            challenge["parameters"] |= changed

            problem_of(await browser.ask(human_check=solve(challenge)), 403, "human_check_failed")


async def test_a_resend_must_be_shown_too(guarded, clock):
    browser = Browser(guarded.client)
    id = id_of(await browser.ask(human_check=await solved(browser)))
    clock.tick(seconds=30)

    problem_of(await browser.ask_again(id), 403, "human_check_required")
    assert (await browser.ask_again(id, human_check=await solved(browser))).status_code == 202


async def test_on_suspicion_it_is_asked_for_when_a_limit_is_near(run_service):
    """Of three SMS to a number in ten minutes the third is over four fifths."""
    async with run_service(**ALTCHA, human_check_when="suspicious") as service:
        browser = Browser(service.client)
        for _ in range(2):
            id_of(await browser.ask(OTHER_PHONE))

        problem_of(await browser.ask(OTHER_PHONE), 403, "human_check_required")
        id_of(await browser.ask(OTHER_PHONE, human_check=await solved(browser, OTHER_PHONE)))
