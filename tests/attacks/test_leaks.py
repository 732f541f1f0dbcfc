"""Somebody reads what passes by: caches, answers, logs."""

import json

import orjson
import pytest
from fastapi.routing import iter_route_contexts

from app.gateways.registry import inbox_token
from app.main import create_app
from tests.support.api_calls import CODE, WRONG, ask, bearer, check, new_id, problem_of
from tests.support.builders import OTHER_PHONE, PHONE, make_settings
from tests.support.callers import Browser, id_of
from tests.support.secrecy import found_in, spellings
from tests.support.stores import on_the_embedded_store
from tests.support.waiting import until

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


def addresses():
    """Fill in every route of the service; what is mounted are static files."""
    filled = {"{id}": "vf_x", "{gateway}": "inbox", "{token}": "x", "{code}": "rate_limited"}
    for route in iter_route_contexts(create_app(make_settings(docs="true")).routes):
        path = route.path
        for name, value in filled.items():
            path = path.replace(name, value)
        if route.methods and not path.endswith("/events"):  # which does not end
            yield path


@on_the_embedded_store
@pytest.mark.parametrize("key", ["sk_dev", "pk_dev", None])
async def test_no_answer_is_kept_by_a_cache(run_service, key):
    """Whatever the route, the method, the key and the outcome; but for the public keys and the form's script."""
    paths = {*addresses(), "/nothing", "/v1/nothing"}
    assert {"/v1/request-code", "/v1/verifications/vf_x", "/demo", "/docs", "/.well-known/jwks.json"} <= paths
    headers = (bearer(key) or {"Authorization": ""}) | {"Content-Type": "application/json"}
    async with run_service(docs="true", limit_calls_per_address="off") as service:
        for path in paths:
            for method in METHODS:
                answer = await service.client.request(method, path, headers=headers, content=b"{}")
                is_public = path in {"/.well-known/jwks.json", "/otp-form.js"} and answer.status_code == 200
                assert (answer.headers["cache-control"] == "no-store") != is_public, (method, path)


async def test_a_browser_never_reads_a_whole_number(service):
    """Not in any answer, right or wrong; only the proof names it, for whoever must know whom it is about."""
    browser = Browser(service.client)
    asked = await browser.ask(reference="cart-77")
    id = id_of(asked)
    approved = await browser.check(id)
    answers = [
        asked,
        approved,
        await browser.ask(OTHER_PHONE),
        await browser.ask_again(id),
        await browser.check(id, WRONG),
        await browser.ask("+31201234567"),
        await browser.ask(f"{PHONE}x"),
        await browser.ask(PHONE, country="31612345678"),
        await browser.get(f"/v1/verifications/{PHONE}"),
        await browser.get("/v1/human-check", **{"Otp-Phone-Number": PHONE}),
    ]

    assert approved.json()["phone_number"] == "+31*******78"
    for answer in answers:
        said = answer.json() | {"proof": ""}
        assert not found_in(json.dumps(said), [*spellings(PHONE), *spellings(OTHER_PHONE), "201234567"], codes=[CODE])
        assert PHONE[1:] not in str(answer.headers)


async def test_every_send_and_check_is_in_the_log_with_its_outcome(service, logged_lines):
    """Who, what, how it ended, when: enough to find an attack, and nothing to use."""
    id = await new_id(service.client)
    await check(service.client, id, WRONG)
    await check(service.client, id)

    lines = [line for line in read(logged_lines) if line["event"] == "request"]

    assert [(line["route"], line["status"]) for line in lines] == [
        ("/v1/request-code", 202),
        ("/v1/verify-code", 400),
        ("/v1/verify-code", 200),
    ]
    assert all(line["app"] == "dev" and line["key"] and line["timestamp"] and line["request_id"] for line in lines)


async def test_every_sms_is_in_the_log_with_its_outcome(sending, logged_lines):
    id = await new_id(sending.client, OTHER_PHONE)

    (job,) = await until(lambda: [line for line in read(logged_lines) if line.get("verification") == id])

    assert (job["event"], job["queue"], job["outcome"], job["send"]) == ("job", "sends", "sent", "1")


async def test_every_attempt_to_get_around_a_rule_is_in_the_log(service, logged_lines):
    """A foreign key, a browser where only backends may call, a limit, a wait, a forged report."""
    browser = Browser(service.client)
    await ask(service.client, key="sk_nobody")
    await browser.get("/v1/verifications/vf_x")
    for _ in range(4):
        await browser.ask(OTHER_PHONE)
    await browser.check("vf_3q2-7wAAAAAAAAAAAAAAAA")
    await service.client.post("/v1/reports/inbox/wrong-token", content=b"{}")

    said = [
        (line["route"], line["status"], line.get("app")) for line in read(logged_lines) if line["event"] == "request"
    ]

    assert said == [
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
async def test_a_report_token_in_a_query_is_none(service):
    """It is a key, and would stand in the log of every proxy on its way."""
    token = inbox_token(service.container.keyring)

    answer = await service.client.post(f"/v1/reports/inbox?token={token}", json=[])

    problem_of(answer, 401, "bad_report")
