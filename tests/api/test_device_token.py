"""The device token in the JSON API: an approval returns it, and the next request sends it."""

import re

from tests.support.api_calls import CODE, assert_problem, new_verification_id, post_request_code, post_verify_code
from tests.support.builders import OTHER_PHONE


async def test_approval_returns_a_device_token(client):
    for key in ("sk_dev", "pk_dev"):
        response = await post_verify_code(client, await new_verification_id(client, key=key), CODE, key=key)

        assert re.fullmatch(r"dt_\d+_[A-Za-z0-9_-]{22}", response.json()["device_token"])


async def test_expired_device_token_opens_no_separate_budget(run_service):
    async with run_service(test_numbers="", limit_sends_per_number="1/h") as service:
        container = service.container
        await new_verification_id(service.client, OTHER_PHONE)
        assert_problem(await post_request_code(service.client, OTHER_PHONE), 429, "rate_limited")
        token = container.keyring.device("dev", OTHER_PHONE, 0)
        forged = await post_request_code(service.client, OTHER_PHONE, device_token=f"dt_0_{token}")
        assert assert_problem(forged, 429, "rate_limited"), "its day is 1 January 1970"


async def test_invalid_device_token_is_ignored(client):
    """A browser with an old token is treated like an unknown device."""
    for number, token in enumerate(["", "x", "dt_1_x", "d" * 64]):
        assert (await post_request_code(client, f"+3161234567{number}", device_token=token)).status_code == 202


async def test_device_token_over_64_characters_is_refused(client):
    assert_problem(await post_request_code(client, device_token="d" * 65), 422, "invalid_request")
