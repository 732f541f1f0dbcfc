"""Errors below the prefix: always CAMARA's form with `x-correlator`, the framework's and the middleware's too."""

import time

import pytest
from httpx import ASGITransport, AsyncClient

from app.compat.camara.clients import Clients
from app.compat.camara.errors import REFUSALS
from app.compat.camara.routes import camara_facade
from app.compat.camara.tokens import AccessTokens
from app.http.admission import RequestAdmission
from app.http.middleware import RequestMiddleware
from app.http.problems import STATUS_OF
from app.settings.to_domain import keyring_of
from tests.support.api_calls import PROBLEM
from tests.support.builders import OTHER_PHONE, PHONE, PUBLIC_URL, make_settings
from tests.support.camara_facade import (
    API,
    CORRELATOR,
    SECRET,
    TOKEN,
    apps_json,
    assert_error,
    bearer,
    get_token,
    send_code,
)
from tests.support.ports import free_port

JSON = {"Content-Type": "application/json"}


def test_every_error_of_ours_has_a_code_of_camaras():
    """Errors of gateways and reports never reach a caller of the facade."""
    assert set(REFUSALS) == set(STATUS_OF)


@pytest.mark.parametrize(
    "path", ["/one-time-password-sms", "/one-time-password-sms/", API, f"{API}/", f"{API}/send-code/", f"{API}/more"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
async def test_an_unknown_path_is_not_found(client, method, path):
    assert_error(await client.request(method, path), 404, "NOT_FOUND")


@pytest.mark.parametrize("path", [f"{API}/send-code", f"{API}/validate-code", TOKEN])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
async def test_another_method_is_not_allowed(client, method, path):
    response = await client.request(method, path)

    assert_error(response, 405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, JSON | {"Content-Encoding": "gzip"}])
async def test_a_body_of_another_type_is_unsupported(client, headers):
    response = await client.post(f"{API}/send-code", content=b"{}", headers=headers)

    assert_error(response, 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_without_a_token_nothing_is_read(service):
    del service.client.headers["Authorization"]
    before = await service.dump()

    for body in (b"", b"{", b"x" * 20_000):
        response = await service.client.post(f"{API}/send-code", content=body, headers=JSON)

        if len(body) < 16_384:
            assert_error(response, 401, "UNAUTHENTICATED")
        else:
            assert_error(response, 400, "INVALID_ARGUMENT")
    assert await service.dump() == before


async def test_a_token_without_the_scope_is_denied(client):
    """The endpoint issues none."""
    settings = make_settings(apps=apps_json())
    clients = Clients.of(settings)
    tokens = AccessTokens(PUBLIC_URL, f"{PUBLIC_URL}{API}", keyring_of(settings), clients, time.time)
    token = tokens.issue(clients.authenticate("shop", SECRET), scope="openid")

    response = await send_code(client, PHONE, headers={"Authorization": f"Bearer {token}"})

    assert_error(response, 403, "PERMISSION_DENIED")


async def test_a_key_of_our_api_is_no_token(client):
    response = await send_code(client, PHONE, headers={"Authorization": f"Bearer {SECRET}"})

    assert_error(response, 401, "UNAUTHENTICATED")


async def test_a_token_works_below_the_prefix_only(client):
    response = await client.post("/v1/request-code", json={"phone_number": PHONE})

    assert (response.status_code, response.headers["content-type"]) == (401, PROBLEM)


@pytest.mark.parametrize("correlator", ["", "a" * 256, "aZ09-_:;./<>{}"])
async def test_a_correlator_is_echoed(client, correlator):
    response = await send_code(client, PHONE, headers={"x-correlator": correlator})

    assert (response.status_code, response.headers["x-correlator"]) == (200, correlator)


@pytest.mark.parametrize("correlator", ["a" * 257, "a b", "é", 'a"', "a,b"])
async def test_a_malformed_correlator_is_refused_and_not_echoed(client, correlator):
    response = await send_code(client, PHONE, headers={"x-correlator": correlator.encode("latin-1")})

    assert (response.status_code, response.json()["code"]) == (400, "INVALID_ARGUMENT")
    assert "x-correlator" not in response.headers


async def test_a_correlator_sent_twice_is_refused(client):
    del client.headers["x-correlator"]

    response = await send_code(client, PHONE, headers=[("x-correlator", "a"), ("x-correlator", "b")])

    assert (response.status_code, "x-correlator" in response.headers) == (400, False)


async def test_the_token_endpoint_echoes_the_correlator(client):
    for response in (await get_token(client), await get_token(client, secret="wrong")):
        assert response.headers["x-correlator"] == CORRELATOR


async def test_other_apis_do_not_echo(client):
    assert "x-correlator" not in (await client.get("/livez")).headers


async def test_callers_without_a_token_are_limited_by_address(run_service):
    async with run_service(apps=apps_json(), limit_calls_per_address="2/min") as service:
        del service.client.headers["Authorization"]
        service.client.headers["x-correlator"] = CORRELATOR
        token = await bearer(service.client)  # by valid credentials, which are not counted
        wrong = [await send_code(service.client, PHONE) for _ in range(3)]
        right = await send_code(service.client, OTHER_PHONE, headers=token)

    assert [one.status_code for one in wrong] == [401, 401, 429]
    assert_error(wrong[-1], 429, "TOO_MANY_REQUESTS")
    assert right.status_code == 200


async def test_a_foreign_host_is_denied(client):
    response = await client.post(f"{API}/send-code", headers={"Host": "evil.example.com"})

    assert "set OTP_PUBLIC_URL" in assert_error(response, 403, "PERMISSION_DENIED")["message"]


UNREADABLE = {
    "no JSON": (b"{", "This is not JSON."),
    "a field twice": (b'{"code": "1", "code": "2"}', 'The field "code" appears twice in one object.'),
    "a list": (b"[]", "The body is not a JSON object."),
    "nothing": (b"", "This is not JSON."),
}


@pytest.mark.parametrize("why", UNREADABLE)
async def test_a_message_says_what_is_wrong_with_a_body(client, why):
    """It refers to no field of another API's errors, and to no class of ours."""
    body, message = UNREADABLE[why]

    response = await client.post(f"{API}/send-code", content=body, headers=JSON)

    assert assert_error(response, 400, "INVALID_ARGUMENT")["message"] == message


async def test_without_redis_it_is_unavailable(run_service):
    async with run_service(apps=apps_json(), redis_url=f"redis://127.0.0.1:{free_port()}/0") as service:
        service.client.headers.update(await bearer(service.client))
        service.client.headers["x-correlator"] = CORRELATOR
        response = await send_code(service.client, PHONE)

    assert_error(response, 503, "UNAVAILABLE")
    assert int(response.headers["retry-after"]) > 0


async def test_a_bug_is_internal():
    async def broken(scope, receive, send):
        raise RuntimeError("a bug")

    settings = make_settings(apps=apps_json())
    admission = RequestAdmission.of(settings, facades=[camara_facade(settings)])
    transport = ASGITransport(RequestMiddleware(broken, admission=admission))
    headers = {"x-correlator": CORRELATOR}
    async with AsyncClient(transport=transport, base_url=PUBLIC_URL, headers=headers) as client:
        response = await client.get(API)

    assert "bug" not in assert_error(response, 500, "INTERNAL")["message"]
