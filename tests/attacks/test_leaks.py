"""An attacker reads caches, responses and logs: none of them reveals a secret."""

import json

import orjson
import pytest
from fastapi.routing import iter_route_contexts

from app.gateways.registry import inbox_token
from app.main import create_app
from tests.support.api_calls import (
    CODE,
    WRONG_CODE,
    assert_problem,
    bearer,
    new_verification_id,
    post_request_code,
    post_verify_code,
)
from tests.support.builders import OTHER_PHONE, PHONE, make_settings
from tests.support.callers import Browser, verification_id_of
from tests.support.secrecy import find_secrets, number_notations
from tests.support.stores import on_the_embedded_store
from tests.support.waiting import until

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


def all_paths():
    """Yield a path for every route of the service; mounts are static files."""
    filled = {"{id}": "vf_x", "{gateway}": "inbox", "{token}": "x", "{code}": "rate_limited", "{file}": "js"}
    for route in iter_route_contexts(create_app(make_settings(docs="true")).routes):
        path = route.path
        for name, value in filled.items():
            path = path.replace(name, value)
        if route.methods and not path.endswith("/events"):  # an endless stream
            yield path


@on_the_embedded_store
@pytest.mark.parametrize("key", ["sk_dev", "pk_dev", None])
async def test_no_response_is_cacheable(run_service, key):
    """This holds for every route, method, key and outcome, except the public keys and the form's script."""
    paths = {*all_paths(), "/nothing", "/v1/nothing"}
    assert {"/v1/request-code", "/v1/verifications/vf_x", "/demo", "/docs", "/.well-known/jwks.json"} <= paths
    headers = (bearer(key) or {"Authorization": ""}) | {"Content-Type": "application/json"}
    async with run_service(docs="true", limit_calls_per_address="off") as service:
        for path in paths:
            for method in METHODS:
                answer = await service.client.request(method, path, headers=headers, content=b"{}")
                is_public = path in {"/.well-known/jwks.json", "/otp-form.js"} and answer.status_code == 200
                assert (answer.headers["cache-control"] == "no-store") != is_public, (method, path)


async def test_responses_to_browsers_contain_no_full_phone_number(service):
    """No response contains it, whether successful or not; only the proof does, for the backend that verifies it."""
    browser = Browser(service.client)
    requested = await browser.request_code(reference="cart-77")
    id = verification_id_of(requested)
    approved = await browser.verify_code(id)
    answers = [
        requested,
        approved,
        await browser.request_code(OTHER_PHONE),
        await browser.resend_code(id),
        await browser.verify_code(id, WRONG_CODE),
        await browser.request_code("+31201234567"),
        await browser.request_code(f"{PHONE}x"),
        await browser.request_code(PHONE, country="31612345678"),
        await browser.get(f"/v1/verifications/{PHONE}"),
        await browser.get("/v1/human-check", **{"Otp-Phone-Number": PHONE}),
    ]

    assert approved.json()["phone_number"] == "+31*******78"
    for answer in answers:
        body = answer.json() | {"proof": ""}
        assert not find_secrets(
            json.dumps(body), [*number_notations(PHONE), *number_notations(OTHER_PHONE), "201234567"], codes=[CODE]
        )
        assert PHONE[1:] not in str(answer.headers)


async def test_every_send_and_check_is_logged_with_its_outcome(service, logged_lines):
    """The log says who, what, when and with which outcome: enough to detect an attack, without secrets."""
    id = await new_verification_id(service.client)
    await post_verify_code(service.client, id, WRONG_CODE)
    await post_verify_code(service.client, id)

    lines = [line for line in read(logged_lines) if line["event"] == "request"]

    assert [(line["route"], line["status"]) for line in lines] == [
        ("/v1/request-code", 202),
        ("/v1/verify-code", 400),
        ("/v1/verify-code", 200),
    ]
    assert all(line["app"] == "dev" and line["key"] and line["timestamp"] and line["request_id"] for line in lines)


async def test_every_sms_is_logged_with_its_outcome(sending, logged_lines):
    id = await new_verification_id(sending.client, OTHER_PHONE)

    (job,) = await until(lambda: [line for line in read(logged_lines) if line["event"] == "job"])

    assert (job["verification"], job["queue"], job["outcome"], job["send"]) == (id, "sends", "sent", "1")


async def test_every_refused_call_is_logged(service, logged_lines):
    """An unknown key, a browser on a backend route, a limit, an unknown verification, a forged report."""
    browser = Browser(service.client)
    await post_request_code(service.client, key="sk_nobody")
    await browser.get("/v1/verifications/vf_x")
    for _ in range(4):
        await browser.request_code(OTHER_PHONE)
    await browser.verify_code("vf_3q2-7wAAAAAAAAAAAAAAAA")
    await service.client.post("/v1/reports/inbox/wrong-token", content=b"{}")

    logged = [
        (line["route"], line["status"], line.get("app")) for line in read(logged_lines) if line["event"] == "request"
    ]

    assert logged == [
        ("/v1/request-code", 401, None),
        ("/v1/verifications/{id}", 403, "dev"),
        *[("/v1/request-code", 202, "dev")] * 3,
        ("/v1/request-code", 429, "dev"),
        ("/v1/verify-code", 404, "dev"),
        ("/v1/reports/{gateway}/{token}", 401, "dev"),
    ]


def read(logged_lines):
    return [orjson.loads(line) for line in logged_lines.getvalue().splitlines()]


@on_the_embedded_store
async def test_report_token_in_the_query_is_refused(service):
    """The token is a secret and would appear in the log of every proxy on the path."""
    token = inbox_token(service.container.keyring)

    answer = await service.client.post(f"/v1/reports/inbox?token={token}", json=[])

    assert_problem(answer, 401, "bad_report")
