"""The device token on the wire: an approval gives it, and the next request brings it."""

import re

from tests.support.api_calls import CODE, ask, check, new_id, problem_of
from tests.support.builders import OTHER_PHONE


async def test_an_approval_gives_one_to_backends_and_browsers(client):
    for key in ("sk_dev", "pk_dev"):
        answer = await check(client, await new_id(client, key=key), CODE, key=key)

        assert re.fullmatch(r"dt_\d+_[A-Za-z0-9_-]{22}", answer.json()["device_token"])


async def test_it_opens_a_second_budget_of_the_number(run_service):
    async with run_service(test_numbers="", limit_sends_per_number="1/h") as service:
        container = service.container
        await new_id(service.client, OTHER_PHONE)
        problem_of(await ask(service.client, OTHER_PHONE), 429, "rate_limited")
        day = container.keyring.device("dev", OTHER_PHONE, 0)
        forged = await ask(service.client, OTHER_PHONE, device_token=f"dt_0_{day}")
        assert problem_of(forged, 429, "rate_limited"), "it is fifty years old"


async def test_one_that_is_wrong_does_not_lock_anybody_out(client):
    """A browser that kept an old one asks as everybody does."""
    for number, token in enumerate(["", "x", "dt_1_x", "d" * 64]):
        assert (await ask(client, f"+3161234567{number}", device_token=token)).status_code == 202


async def test_one_that_is_far_too_long_is_refused(client):
    problem_of(await ask(client, device_token="d" * 65), 422, "invalid_request")
