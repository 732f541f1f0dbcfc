"""What each sender gets when nothing is sent, and what the log says of it."""

import json

import orjson
import pytest

from app.compat.hooks.answers import SENTENCES, sentence
from app.domain.errors import OtpError, RateLimited
from app.http.problems import STATUS_OF
from app.services.admin import block_number
from tests.support.hooks import APPS, CODE, HOOKS, NUMBER, SECRET, SENDERS, WEBHOOK_SECRET, call, with_code
from tests.support.ports import free_port
from tests.support.stores import on_the_engine

ALL = pytest.mark.parametrize("sender", SENDERS.values(), ids=SENDERS)
LIMITS = {"limit_sends_per_number": "1/h", "limit_messages_per_number": "1/h"}
BLOCKED = "Text messages to this phone number are blocked at present."
CLOSED = "Text messages to this country or type of phone number are not available."
NO_NUMBER = "This phone number cannot receive text messages. Check its digits and its country code."
NOT_NOW = "The text message could not be sent at the moment. Try again in a minute."
NOT_SENT = "The text message could not be sent."


def assert_refused(response, sender, status, words):
    """Assert that the answer is what this sender does something useful with."""
    assert "traceback" not in response.text.lower()
    if sender.name == "supabase":
        assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
        assert response.json() == {"error": {"http_code": status, "message": words}}
        assert "retry-after" not in response.headers
    elif sender.name == "kratos":
        expected = 503 if status == 503 else 200
        assert (response.status_code, response.content) == (expected, b"{}")
        assert response.headers["content-type"] == "application/json"
    else:
        assert (response.status_code, response.text) == (status, words)
        assert response.headers["content-type"] == "text/plain; charset=utf-8"


def refusals_in(logged_lines):
    lines = [orjson.loads(line) for line in logged_lines.getvalue().splitlines()]
    return [(line["hook"], line["code"], line["level"]) for line in lines if line["event"] == "hook_refused"]


@ALL
async def test_a_spent_limit(run_hooks, sender, logged_lines):
    async with run_hooks(**LIMITS) as service:
        assert (await call(service, sender)).status_code == 200
        response = await call(service, sender, with_code(sender, "735519"))

    assert_refused(response, sender, 429, "Too many text messages were requested. Try again in 60 minutes.")
    assert refusals_in(logged_lines) == [(sender.name, "rate_limited", "info")]


@ALL
async def test_a_blocked_number(service, sender, logged_lines):
    container = service.container
    await block_number(NUMBER, encryption=container.store.encryption, numbers=container.numbers)

    assert_refused(await call(service, sender), sender, 403, BLOCKED)
    assert refusals_in(logged_lines) == [(sender.name, "destination_blocked", "info")]


@ALL
async def test_a_closed_country(run_hooks, sender):
    async with run_hooks(countries="BE") as service:
        assert_refused(await call(service, sender), sender, 403, CLOSED)


@ALL
async def test_a_number_that_gets_no_sms(service, sender):
    for number in ("+31201234567", "+999", "0612345678", "", "x"):
        body = json.loads(json.dumps(sender.body).replace(NUMBER[1:], number[1:]).replace("+0", "0"))
        assert_refused(await call(service, sender, body), sender, 422, NO_NUMBER)


@ALL
async def test_a_body_without_a_code_or_a_text(service, sender, logged_lines):
    """A mistake in the settings of the sender, which its operator must see in our log."""
    body = json.loads(json.dumps(sender.body).replace(CODE, "").replace(str(sender.text).replace(CODE, ""), ""))

    # These two have a text besides, which the app may not send.
    status, code = (403, "forbidden") if sender.name in {"authentik", "zitadel"} else (422, "invalid_request")
    assert_refused(await call(service, sender, body), sender, status, NOT_SENT)
    assert refusals_in(logged_lines) == [(sender.name, code, "warning")]


@ALL
async def test_without_redis(run_hooks, sender, logged_lines):
    async with run_hooks(redis_url=f"redis://127.0.0.1:{free_port()}/0", workers=False) as service:
        response = await call(service, sender)

    assert_refused(response, sender, 503, NOT_NOW)
    assert refusals_in(logged_lines) == [(sender.name, "temporarily_unavailable", "warning")]


async def test_an_app_that_may_send_no_text(run_hooks, logged_lines):
    """Kratos' default body has no code of a login."""
    async with run_hooks(hooks=json.dumps({"kratos": HOOKS["kratos"] | {"app": "codes"}})) as service:
        response = await call(service, SENDERS["kratos"])

    assert_refused(response, SENDERS["kratos"], 403, "")
    assert refusals_in(logged_lines) == [("kratos", "forbidden", "warning")]


@pytest.mark.parametrize(
    ("answer", "ok", "refused", "away"),
    [({}, 200, 200, 503), ({"ok": 204, "refused": 400, "away": 502}, 204, 400, 502)],
)
async def test_the_statuses_of_a_hook_of_ones_own(run_hooks, answer, ok, refused, away):
    hook = {"app": "codes", "verify": {"scheme": "path"}, "secrets": [SECRET], "phone_number": "/n", "code": "/c"}
    changes = {"hooks": json.dumps({"own": hook | {"answer": answer}})}
    path, body = f"/v1/hooks/own/{SECRET}", {"n": NUMBER, "c": CODE}
    async with run_hooks(**changes) as service:
        accepted = await service.client.post(path, json=body)
        number = await service.client.post(path, json=body | {"n": "x"})
    async with run_hooks(redis_url=f"redis://127.0.0.1:{free_port()}/0", workers=False, **changes) as service:
        lost = await service.client.post(path, json=body)

    assert [response.status_code for response in (accepted, number, lost)] == [ok, refused, away]
    assert accepted.content == (b"" if ok == 204 else b"{}")
    assert number.text == (NO_NUMBER if refused == 400 else "{}")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 minute"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (3600, "60 minutes"),
        (3601, "2 hours"),
        (86400, "24 hours"),
    ],
)
def test_a_wait_is_in_words(seconds, words):
    assert sentence(RateLimited("sends_per_number", wait=seconds)).endswith(f"Try again in {words}.")


def test_every_sentence_is_for_a_person():
    """No field, no setting, no code."""
    sentences = {*SENTENCES.values(), sentence(OtpError("OTP_APPS: `text`"))}

    assert all(text.endswith(".") and not set("`_{}<>").intersection(text) for text in sentences)
    assert set(SENTENCES) <= set(STATUS_OF)


@on_the_engine
@ALL
async def test_logs_and_store_hold_no_secret(run_hooks, sender, logged_lines):
    """Each line is checked by its pattern too; without a worker, what waits to be sent stays, encrypted."""
    async with run_hooks(workers=False) as service:
        await call(service, sender)
        await call(service, sender, b"{")
        stored = str(await service.dump())

    for secret in (SECRET, WEBHOOK_SECRET, CODE, NUMBER[1:], "203.0.113.7", sender.text or "is your code"):
        assert secret not in stored
        assert secret not in logged_lines.getvalue().decode()


def test_the_apps_of_the_examples_differ_in_free_text():
    """Otherwise the tests above would not tell a code from a text."""
    assert [name for name, app in APPS.items() if app.get("free_text")] == ["shop"]
