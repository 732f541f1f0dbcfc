"""A required human check, from the challenge to the code request, over HTTP and the Lua scripts."""

import asyncio

import pytest

from tests.support.api_calls import assert_problem, post_request_code, post_resend_code
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.solving import solve


@pytest.fixture
def service_with_human_check(run_service):
    """A service that always requires a human check from browsers; its client is a browser."""
    return run_service(key="pk_dev", human_check="altcha", human_check_cost=1000)


async def solved_challenge(client, number=PHONE):
    """Get a challenge and solve it, as the widget does."""
    response = await client.get("/v1/human-check", headers={"Otp-Phone-Number": number})
    return solve(response.json()["challenge"])


async def test_browser_is_served_after_a_solved_challenge(service_with_human_check):
    async with service_with_human_check as service:
        assert_problem(await post_request_code(service.client), 403, "human_check_required")

        response = await post_request_code(service.client, human_check=await solved_challenge(service.client))

    assert response.status_code == 202, response.text


async def test_replayed_proof_of_work_is_refused(service_with_human_check):
    """Concurrent replays too: the script that stores the verification records it."""
    async with service_with_human_check as service:
        token = await solved_challenge(service.client)

        responses = await asyncio.gather(*(post_request_code(service.client, human_check=token) for _ in range(10)))

        assert sorted(response.status_code for response in responses) == [202] + [403] * 9
        assert_problem(await post_request_code(service.client, human_check=token), 403, "human_check_failed")


async def test_proof_of_work_for_another_number_is_refused_and_not_spent(service_with_human_check):
    async with service_with_human_check as service:
        token = await solved_challenge(service.client)

        assert_problem(
            await post_request_code(service.client, OTHER_PHONE, human_check=token), 403, "human_check_failed"
        )

        assert (await post_request_code(service.client, human_check=token)).status_code == 202


async def test_resend_needs_a_human_check(service_with_human_check, clock):
    async with service_with_human_check as service:
        first = await post_request_code(service.client, human_check=await solved_challenge(service.client))
        id = first.json()["verification_id"]
        clock.tick(seconds=30)

        assert_problem(await post_resend_code(service.client, id), 403, "human_check_required")
        response = await post_resend_code(service.client, id, human_check=await solved_challenge(service.client))

    assert response.status_code == 202, response.text


async def test_challenge_expires_by_the_clock_of_the_service(service_with_human_check, clock):
    async with service_with_human_check as service:
        token = await solved_challenge(service.client)
        clock.tick(seconds=600)

        assert_problem(await post_request_code(service.client, human_check=token), 403, "human_check_failed")


async def test_backend_needs_no_human_check(service_with_human_check):
    async with service_with_human_check as service:
        assert (await post_request_code(service.client, key="sk_dev")).status_code == 202
        assert_problem(
            await post_request_code(service.client, key="sk_dev", human_check="x"), 403, "human_check_failed"
        )
