"""What a browser is given to show that a person asks."""

import json
from urllib.parse import urlencode

import pytest

from app.domain.address import read_address
from app.domain.errors import HumanCheckFailed
from app.domain.request_context import RequestContext
from app.services.parts.human_check import verify_human_check
from tests.support.api_calls import bearer, pointers, problem_of
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.solving import solve

ALTCHA = {"human_check": "altcha", "human_check_cost": 1000}
PROVIDER = {"human_check_site_key": "site-key", "human_check_secret": "s3cret-of-the-account"}


async def get(client, number=None, *, country=None, **more):
    headers = {"Otp-Phone-Number": number, "Otp-Country": country}
    return await client.get("/v1/human-check", headers={name: said for name, said in headers.items() if said} | more)


async def test_where_it_is_off_it_says_so(client):
    answer = await get(client)

    assert (answer.status_code, answer.json()) == (200, {"provider": "off"})
    assert answer.headers["cache-control"] == "no-store"


async def test_it_is_public(client, subtests):
    """A challenge is worth nothing before it is solved, so nobody needs a key for one."""
    for key in ["", "pk_dev", "sk_dev", "nobodys"]:
        with subtests.test(repr(key)):
            assert (await get(client, **(bearer(key) or {"Authorization": ""}))).status_code == 200


@pytest.mark.parametrize(("provider", "more"), [("turnstile", {"action": "request_code"}), ("hcaptcha", {})])
async def test_a_provider_is_named_with_its_public_key_only(run_service, provider, more):
    async with run_service(human_check=provider, **PROVIDER) as service:
        answer = await get(service.client)

    assert answer.json() == {"provider": provider, "site_key": "site-key", **more}
    assert "s3cret" not in answer.text


async def test_a_challenge_is_drawn_for_a_number(run_service):
    async with run_service(**ALTCHA) as service:
        first, again = [(await get(service.client, PHONE)).json() for _ in range(2)]
        other = (await get(service.client, OTHER_PHONE)).json()

    assert first["provider"] == "altcha"
    assert first["challenge"]["signature"] != again["challenge"]["signature"]
    assert _bound(first) == _bound(again) != _bound(other)
    assert "612345678" not in json.dumps(first)


def _bound(answer):
    return answer["challenge"]["parameters"]["data"]["for"]


@pytest.mark.parametrize(("number", "country"), [("06 12345678", "nl"), ("0031612345678", None), (PHONE, "BE")])
async def test_a_number_may_be_written_as_people_write_it(run_service, number, country):
    async with run_service(**ALTCHA) as service:
        same = (await get(service.client, number, country=country)).json()

        assert _bound(same) == _bound((await get(service.client, PHONE)).json())


async def test_a_solved_challenge_is_for_this_number_alone(run_service):
    """And for the address that it was drawn for; the guard tells it to the route."""
    async with run_service(**ALTCHA) as service:
        token = solve((await get(service.client, PHONE)).json()["challenge"])
        calls = [
            RequestContext(service.container.apps["dev"], address=read_address(said))
            for said in ("127.0.0.1", "203.0.113.7")
        ]

        async def shows(call, number):
            human_checker, keyring = service.container.human_checker, service.container.keyring
            return await verify_human_check(token, call=call, e164=number, human_checker=human_checker, keyring=keyring)

        assert await shows(calls[0], PHONE)
        for call, number in [(calls[0], OTHER_PHONE), (calls[1], PHONE)]:
            with pytest.raises(HumanCheckFailed):
                await shows(call, number)


async def test_without_a_number_it_says_which_header_to_send(run_service):
    async with run_service(**ALTCHA) as service:
        answer = await get(service.client)

    assert pointers(answer) == ["/Otp-Phone-Number"]
    assert "Otp-Phone-Number" in answer.json()["detail"]


@pytest.mark.parametrize("number", ["+31", "612345678", "no number", "+31612345678 ext 5", "+" + "1" * 60, "\xff" * 20])
async def test_what_is_no_number_is_refused(run_service, number):
    async with run_service(**ALTCHA) as service:
        answer = await service.client.get("/v1/human-check", headers={b"Otp-Phone-Number": number.encode("latin-1")})

    problem_of(answer, 422, "invalid_phone_number")
    assert number not in answer.text


@pytest.mark.parametrize(
    ("name", "value"), [("Otp-Phone-Number", "1" * 65), ("Otp-Country", "NLD"), ("Otp-Country", "1")]
)
async def test_a_header_in_another_shape_is_refused(run_service, name, value):
    async with run_service(**ALTCHA) as service:
        answer = await service.client.get("/v1/human-check", headers={name: value})

    assert pointers(answer) == [f"/{name}"]


async def test_a_number_in_the_address_is_not_read(run_service):
    """Addresses end in the logs of every proxy on the way (ASVS 14.2.1)."""
    async with run_service(**ALTCHA) as service:
        answer = await service.client.get(
            f"/v1/human-check?{urlencode({'phone_number': PHONE, 'otp-phone-number': PHONE})}"
        )

    assert pointers(answer) == ["/Otp-Phone-Number"]
