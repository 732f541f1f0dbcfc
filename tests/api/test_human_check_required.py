"""A browser is asked to show that a person asks: one story, through HTTP and the scripts."""

import asyncio

import pytest

from tests.support.api_calls import ask, ask_again, problem_of
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.solving import solve


@pytest.fixture
def asking(run_service):
    """A service whose browsers must always show it; its client is one."""
    return run_service(key="pk_dev", human_check="altcha", human_check_cost=1000)


async def fresh(client, number=PHONE):
    """Do what a widget does: get a challenge and solve it."""
    answer = await client.get("/v1/human-check", headers={"Otp-Phone-Number": number})
    return solve(answer.json()["challenge"])


async def test_a_browser_that_shows_nothing_is_asked_and_then_served(asking):
    async with asking as service:
        problem_of(await ask(service.client), 403, "human_check_required")

        answer = await ask(service.client, human_check=await fresh(service.client))

    assert answer.status_code == 202, answer.text


async def test_a_replayed_proof_of_work_is_refused(asking):
    """Ten at once too: it is recorded by the script that keeps the verification."""
    async with asking as service:
        token = await fresh(service.client)

        answers = await asyncio.gather(*(ask(service.client, human_check=token) for _ in range(10)))

        assert sorted(answer.status_code for answer in answers) == [202] + [403] * 9
        problem_of(await ask(service.client, human_check=token), 403, "human_check_failed")


async def test_a_proof_of_work_for_another_number_is_refused_and_stays_good(asking):
    async with asking as service:
        token = await fresh(service.client)

        problem_of(await ask(service.client, OTHER_PHONE, human_check=token), 403, "human_check_failed")

        assert (await ask(service.client, human_check=token)).status_code == 202


async def test_a_resend_is_asked_too(asking, clock):
    async with asking as service:
        asked = await ask(service.client, human_check=await fresh(service.client))
        id = asked.json()["verification_id"]
        clock.tick(seconds=30)

        problem_of(await ask_again(service.client, id), 403, "human_check_required")
        answer = await ask_again(service.client, id, human_check=await fresh(service.client))

    assert answer.status_code == 202, answer.text


async def test_a_challenge_ends_by_the_services_clock(asking, clock):
    async with asking as service:
        token = await fresh(service.client)
        clock.tick(seconds=600)

        problem_of(await ask(service.client, human_check=token), 403, "human_check_failed")


async def test_a_backend_vouches_for_its_people(asking):
    async with asking as service:
        assert (await ask(service.client, key="sk_dev")).status_code == 202
        problem_of(await ask(service.client, key="sk_dev", human_check="x"), 403, "human_check_failed")
