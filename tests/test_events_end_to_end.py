"""An event from the call that causes it to its receiver, which verifies it by the reference libraries."""

import json

import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from svix.webhooks import Webhook as SvixWebhook

from tests.support.actions import check, start_with_code
from tests.support.builders import PHONE
from tests.support.event_receiver import Receiver, event_apps, read_event, secrets_of, work_until
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
