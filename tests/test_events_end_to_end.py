"""An event from the call that causes it to its receiver, which verifies it by the reference libraries."""

import json

import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from svix.webhooks import Webhook as SvixWebhook

from tests.support.actions import cancel, check, start_with_code
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.event_receiver import Receiver, event_apps, read_event, secrets_of, work_until
from tests.support.fake_gateways import FakeGateway, with_gateways
from tests.support.stores import on_both_stores

MASKED = "+31*******78"


@pytest.fixture
async def receiver():
    async with Receiver() as receiver:
        yield receiver


@on_both_stores
async def test_an_approval_reaches_the_endpoint_signed(make_container, receiver):
    apps = event_apps(receiver.url, types=["verification.approved"])
    async with make_container(apps=apps) as container:
        id, code = await start_with_code(container, reference="cart-77")
        await check(container, code, id=id)
        await work_until(container, lambda: receiver.requests)
        (secret,) = secrets_of(container, receiver.url)

    (request,) = receiver.requests
    event = read_event(request, secret)
    assert event == SvixWebhook(secret).verify(request.body, dict(request.headers))
    assert (event["type"], event["data"]["verification_id"]) == ("verification.approved", id)
    assert (event["data"]["status"], event["data"]["phone_number"]) == ("approved", MASKED)
    assert event["data"]["reference"] == "cart-77"
    assert PHONE not in request.body.decode()
    assert code not in json.dumps(event)


async def test_a_changed_body_and_another_secret_are_refused(make_container, receiver):
    async with make_container(apps=event_apps(receiver.url, types=["verification.approved"])) as container:
        id, code = await start_with_code(container)
        await check(container, code, id=id)
        await work_until(container, lambda: receiver.requests)
        (secret,) = secrets_of(container, receiver.url)
        (of_another_app,) = secrets_of(container, receiver.url, app="bank")

    (request,) = receiver.requests
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(request.body.replace(b"approved", b"canceled"), dict(request.headers))
    with pytest.raises(WebhookVerificationError):
        read_event(request, of_another_app)


@on_both_stores
async def test_a_delivery_continues_the_trace_of_the_call_that_caused_it(make_container, receiver):
    """An approval that of the check; what happens to the SMS, that of the request for the code."""
    asked, checked = (f"00-{letter * 32}-00f067aa0ba902b7-01" for letter in "ab")
    types = ["verification.requested", "verification.approved", "verification.canceled", "message.sent"]
    async with make_container(apps=event_apps(receiver.url, types=types)) as opened:
        container = with_gateways(opened, FakeGateway())
        id, code = await start_with_code(container, traceparent=asked)
        canceled, _ = await start_with_code(container, OTHER_PHONE, traceparent=asked)
        untraced, _ = await start_with_code(container, "+31612345679")
        await work_until(container, lambda: len(receiver.requests) == 6)
        await check(container, code, id=id, traceparent=checked)
        await cancel(container, canceled)
        await work_until(container, lambda: len(receiver.requests) == 8)

    traces = {}
    for request in receiver.requests:
        trace = request.headers.get("traceparent", "--").split("-")[1]
        traces.setdefault(json.loads(request.body)["data"]["verification_id"], {})[request.headers["ce-type"]] = trace
    assert traces == {
        id: {"verification.requested": "a" * 32, "message.sent": "a" * 32, "verification.approved": "b" * 32},
        canceled: {"verification.requested": "a" * 32, "message.sent": "a" * 32, "verification.canceled": "a" * 32},
        untraced: {"verification.requested": "", "message.sent": ""},
    }
