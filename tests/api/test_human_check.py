"""`GET /v1/human-check`: providers, challenges and their binding to number and address."""

import json
from urllib.parse import urlencode

import pytest

from app.domain.address import read_address
from app.domain.errors import HumanCheckFailed
from app.domain.request_context import RequestContext
from tests.support.api_calls import assert_problem, bearer, error_pointers
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.solving import solve

ALTCHA = {"human_check": "altcha", "human_check_cost": 1000}
PROVIDER = {"human_check_site_key": "site-key", "human_check_secret": "s3cret-of-the-account"}


async def get(client, number=None, *, country=None, **more):
    headers = {"Otp-Phone-Number": number, "Otp-Country": country}
    return await client.get("/v1/human-check", headers={name: value for name, value in headers.items() if value} | more)


async def test_provider_is_off_by_default(client):
    response = await get(client)

    assert (response.status_code, response.json()) == (200, {"provider": "off"})
    assert response.headers["cache-control"] == "no-store"


async def test_human_check_needs_no_key(client, subtests):
    """A challenge has no value until it is solved, so it needs no key."""
    for key in ["", "pk_dev", "sk_dev", "nobodys"]:
        with subtests.test(repr(key)):
            assert (await get(client, **(bearer(key) or {"Authorization": ""}))).status_code == 200


@pytest.mark.parametrize(("provider", "more"), [("turnstile", {"action": "request_code"}), ("hcaptcha", {})])
async def test_provider_is_returned_with_its_site_key_only(run_service, provider, more):
    async with run_service(human_check=provider, **PROVIDER) as service:
        response = await get(service.client)

    assert response.json() == {"provider": provider, "site_key": "site-key", **more}
    assert "s3cret" not in response.text


async def test_challenge_is_bound_to_the_number(run_service):
    async with run_service(**ALTCHA) as service:
        first, again = [(await get(service.client, PHONE)).json() for _ in range(2)]
        other = (await get(service.client, OTHER_PHONE)).json()

    assert first["provider"] == "altcha"
    assert first["challenge"]["signature"] != again["challenge"]["signature"]
    assert _binding(first) == _binding(again) != _binding(other)
    assert "612345678" not in json.dumps(first)


def _binding(response):
    return response["challenge"]["parameters"]["data"]["for"]


@pytest.mark.parametrize(("number", "country"), [("06 12345678", "nl"), ("0031612345678", None), (PHONE, "BE")])
async def test_number_format_does_not_change_the_binding(run_service, number, country):
    async with run_service(**ALTCHA) as service:
        same = (await get(service.client, number, country=country)).json()

        assert _binding(same) == _binding((await get(service.client, PHONE)).json())


async def test_solved_challenge_is_valid_for_its_number_and_address_only(run_service):
    """The middleware passes the client address to the route."""
    async with run_service(**ALTCHA) as service:
        token = solve((await get(service.client, PHONE)).json()["challenge"])
        calls = [
            RequestContext(service.container.apps["dev"], address=read_address(ip))
            for ip in ("127.0.0.1", "203.0.113.7")
        ]

        async def passes(call, number):
            async def find_number():
                return number

            return (await service.container.request_code.human_checks.verify(token, call, find_number)).passed

        assert await passes(calls[0], PHONE)
        for call, number in [(calls[0], OTHER_PHONE), (calls[1], PHONE)]:
            with pytest.raises(HumanCheckFailed):
                await passes(call, number)


async def test_missing_number_header_is_named_in_the_error(run_service):
    async with run_service(**ALTCHA) as service:
        response = await get(service.client)

    assert error_pointers(response) == ["header:Otp-Phone-Number"]
    assert "Otp-Phone-Number" in response.json()["detail"]


@pytest.mark.parametrize("number", ["+31", "612345678", "no number", "+31612345678 ext 5", "+" + "1" * 60, "\xff" * 20])
async def test_invalid_number_is_refused(run_service, number):
    async with run_service(**ALTCHA) as service:
        response = await service.client.get("/v1/human-check", headers={b"Otp-Phone-Number": number.encode("latin-1")})

    assert_problem(response, 422, "invalid_phone_number")
    assert number not in response.text


@pytest.mark.parametrize(
    ("name", "value"), [("Otp-Phone-Number", "1" * 65), ("Otp-Country", "NLD"), ("Otp-Country", "1")]
)
async def test_malformed_header_is_refused(run_service, name, value):
    async with run_service(**ALTCHA) as service:
        response = await service.client.get("/v1/human-check", headers={name: value})

    assert error_pointers(response) == [f"header:{name}"]


async def test_number_in_the_query_is_ignored(run_service):
    """URLs end up in the logs of every proxy on the path (ASVS 14.2.1)."""
    async with run_service(**ALTCHA) as service:
        response = await service.client.get(
            f"/v1/human-check?{urlencode({'phone_number': PHONE, 'otp-phone-number': PHONE})}"
        )

    assert error_pointers(response) == ["header:Otp-Phone-Number"]
