"""Errors below the prefix: always Twilio's form, the framework's and the middleware's too."""

import pytest
from httpx import ASGITransport, AsyncClient

from app.compat.twilio.errors import REFUSALS
from app.compat.twilio.routes import twilio_facade
from app.http.admission import RequestAdmission
from app.http.middleware import RequestMiddleware
from app.http.problems import STATUS_OF
from tests.support.api_calls import PROBLEM
from tests.support.builders import PHONE, PUBLIC_URL, make_settings
from tests.support.ports import free_port
from tests.support.twilio_facade import (
    ACCOUNT,
    API_KEY,
    OTHER_ACCOUNT,
    OTHER_SERVICE,
    OTHER_TOKEN,
    SERVICE,
    SERVICES,
    TOKEN,
    apps_json,
    assert_error,
    basic,
    start,
)


def test_every_error_of_ours_has_a_code_of_twilios():
    """Errors of gateways and reports never reach a caller of the facade."""
    assert set(REFUSALS) == set(STATUS_OF)


@pytest.mark.parametrize(
    "path", ["/twilio", "/twilio/", "/twilio/v2", "/twilio/v2/Services/", f"{SERVICES}/{SERVICE}/Entities"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PATCH"])
async def test_an_unknown_path_is_20404(client, method, path):
    response = await client.request(method, path)

    assert response.status_code == 404
    if method != "HEAD":
        assert_error(response, 404, 20404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", f"{SERVICES}/{SERVICE}/Verifications", "POST"),
        ("GET", f"{SERVICES}/{SERVICE}/VerificationCheck", "POST"),
        ("DELETE", f"{SERVICES}/{SERVICE}/Verifications/VE1", "GET, HEAD, POST"),
        ("POST", f"{SERVICES}/{SERVICE}", "GET, HEAD"),
        ("POST", SERVICES, "GET, HEAD"),
        ("OPTIONS", SERVICES, "GET, HEAD"),
    ],
)
async def test_a_wrong_method_is_20004(client, method, path, allowed):
    response = await client.request(method, path)

    assert_error(response, 405, 20004)
    assert response.headers["allow"] == allowed


async def test_what_was_not_found_is_named_as_twilio_names_it(client):
    response = await start(client, service="VA" + "0" * 32)

    message = f"The requested resource /Services/VA{'0' * 32}/Verifications was not found"
    assert assert_error(response, 404, 20404)["message"] == message


WRONG_CREDENTIALS = {
    "none": None,
    "a key of our API": "Bearer sk_dev",
    "a wrong token": basic(token="0" * 32)["Authorization"],
    "a secret key": basic(token="sk_bank")["Authorization"],
    "no token": basic(token="")["Authorization"],
    "another account": basic(OTHER_ACCOUNT)["Authorization"],
    "the token of another app": basic(ACCOUNT, OTHER_TOKEN)["Authorization"],
    "only the token": basic("", TOKEN)["Authorization"],
    "no colon": "Basic QUM=",
    "no base64": "Basic *",
    "no UTF-8": "Basic /w==",
    "another scheme": f"Digest {TOKEN}",
}


@pytest.mark.parametrize("why", WRONG_CREDENTIALS)
async def test_wrong_credentials_are_20003(service, why):
    """Before anything is read: not even whether the service exists."""
    value = WRONG_CREDENTIALS[why]
    del service.client.headers["Authorization"]
    service.client.headers.update({"Authorization": value} if value else {})
    before = await service.dump()

    for sid in (SERVICE, "VA" + "0" * 32):
        response = await start(service.client, service=sid)

        assert assert_error(response, 401, 20003)["message"] == "Authenticate"
        assert response.headers["www-authenticate"].startswith("Basic ")
    assert await service.dump() == before


async def test_credentials_sent_twice_are_refused(client):
    headers = [*basic().items(), *basic().items()]
    client.headers.pop("Authorization")

    assert_error(await client.get(SERVICES, headers=headers), 401, 20003)


async def test_the_name_of_the_token_is_a_user_name_too(client):
    """Clients that are configured with an API key send `SK…` in place of the account."""
    client.headers.update(basic(API_KEY))

    assert (await start(client)).status_code == 201


async def test_the_service_of_another_app_is_unknown(client):
    assert_error(await start(client, service=OTHER_SERVICE), 404, 20404)


async def test_a_verification_of_another_app_is_not_found(client):
    sid = (await start(client)).json()["sid"]
    client.headers.update(basic(OTHER_ACCOUNT, OTHER_TOKEN))

    for target in (sid, "%2B31612345678"):
        assert_error(await client.get(f"{SERVICES}/{OTHER_SERVICE}/Verifications/{target}"), 404, 20404)


async def test_a_token_works_below_the_prefix_only(client):
    response = await client.post("/v1/request-code", json={"phone_number": PHONE})

    assert (response.status_code, response.headers["content-type"]) == (401, PROBLEM)


async def test_without_tokens_there_is_no_facade(run_service):
    async with run_service() as service:
        response = await service.client.get(SERVICES)

    assert (response.status_code, response.headers["content-type"]) == (404, PROBLEM)


async def test_callers_without_a_token_are_limited_by_address(run_service):
    async with run_service(apps=apps_json(), limit_calls_per_address="2/min") as service:
        wrong = [await start(service.client) for _ in range(3)]
        right = await service.client.get(SERVICES, headers=basic())

    assert [one.json()["code"] for one in wrong] == [20003, 20003, 20429]
    assert_error(wrong[-1], 429, 20429)
    assert right.status_code == 200


async def test_a_foreign_host_is_an_error_of_twilios_form(client):
    response = await client.get(SERVICES, headers={"Host": "evil.example.com"})

    assert "set OTP_PUBLIC_URL" in assert_error(response, 403, 20403)["message"]


async def test_a_body_above_the_limit_by_its_length_is_413(client):
    response = await client.post(f"{SERVICES}/{SERVICE}/Verifications", headers={"Content-Length": "99999"})

    assert_error(response, 413, 60200)


async def test_without_redis_it_is_503(run_service):
    async with run_service(apps=apps_json(), redis_url=f"redis://127.0.0.1:{free_port()}/0") as service:
        service.client.headers.update(basic())
        response = await start(service.client)

    assert_error(response, 503, 20429)
    assert int(response.headers["retry-after"]) > 0


async def test_a_bug_is_20500():
    async def broken(scope, receive, send):
        raise RuntimeError("a bug")

    settings = make_settings(apps=apps_json())
    admission = RequestAdmission.of(settings, facades=[twilio_facade(settings)])
    transport = ASGITransport(RequestMiddleware(broken, admission=admission))
    async with AsyncClient(transport=transport, base_url=PUBLIC_URL, headers=basic()) as client:
        response = await client.get(SERVICES)

    assert "bug" not in assert_error(response, 500, 20500)["message"]
