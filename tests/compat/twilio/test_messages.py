"""Twilio's API for messages: send, fetch and cancel, with its fields, statuses and error codes."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from app.compat.twilio.message_body import ERRORS, STATUS
from app.domain.jobs import SendJob
from app.domain.status import Reason, Status
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.fake_gateways import FakeGateway, deliver_job
from tests.support.stores import ENGINE
from tests.support.twilio_facade import ACCOUNT, LANDLINE, OTHER_ACCOUNT, apps_json, basic

STORE = ENGINE  # without a worker
TEXT = "Your order has left."
MESSAGES = f"/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages"
FIELDS = {
    "sid",
    "account_sid",
    "api_version",
    "body",
    "status",
    "direction",
    "to",
    "from",
    "messaging_service_sid",
    "num_segments",
    "num_media",
    "price",
    "price_unit",
    "error_code",
    "error_message",
    "date_created",
    "date_sent",
    "date_updated",
    "uri",
    "subresource_uris",
}


@pytest.fixture
async def service(run_service):
    async with run_service(apps=apps_json(free_text=True), test_numbers="") as running:
        running.client.headers.update(basic())
        await running.container.queue.open()
        yield running


async def send(client, to=PHONE, body=TEXT, **more):
    data = {"To": to, "From": "Shop", "Body": body, **more}
    return await client.post(
        f"{MESSAGES}.json", data={name: value for name, value in data.items() if value is not None}
    )


async def sent_sid(client, *args, **more):
    response = await send(client, *args, **more)
    assert response.status_code == 201, response.text
    return response.json()["sid"]


def assert_error(response, status, code):
    assert response.headers["content-type"] == "application/json"
    assert (response.status_code, response.json()["code"], response.json()["status"]) == (status, code, status)
    assert set(response.json()) == {"code", "message", "more_info", "status"}


async def test_message_is_accepted_with_twilios_fields(service):
    response = await send(service.client)

    body = response.json()
    assert (response.status_code, set(body)) == (201, FIELDS)
    assert re.fullmatch("SM[0-9a-f]{32}", body["sid"])
    assert (body["status"], body["to"], body["from"], body["body"]) == ("queued", PHONE, "Shop", TEXT)
    assert (body["num_segments"], body["error_code"], body["date_sent"]) == ("1", None, None)
    assert parsedate_to_datetime(body["date_created"]).tzinfo == UTC
    assert body["uri"] == f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{body['sid']}.json"


async def test_message_that_was_sent_is_fetched_without_its_text(service):
    sid, gateway = await sent_sid(service.client), FakeGateway()
    (job,) = await service.container.queue.take("messages", "w", most=10)
    await deliver_job(service.container, gateway, SendJob.read(job.fields))

    found = (await service.client.get(f"{MESSAGES}/{sid}.json")).json()

    assert gateway.sent[0].text == TEXT
    assert (found["sid"], found["status"], found["body"], found["num_segments"]) == (sid, "sent", "", "1")
    assert found["date_sent"]


async def test_scheduled_message_is_canceled(service):
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    sid = await sent_sid(service.client, SendAt=at, ScheduleType="fixed")
    scheduled = (await service.client.get(f"{MESSAGES}/{sid}.json")).json()

    canceled = await service.client.post(f"{MESSAGES}/{sid}.json", data={"Status": "canceled"})

    assert (scheduled["status"], canceled.json()["status"]) == ("scheduled", "canceled")
    assert_error(await service.client.post(f"{MESSAGES}/{sid}.json", data={"Status": "canceled"}), 404, 20404)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": None}, 21604),
        ({"To": "0612"}, 21211),
        ({"To": LANDLINE}, 21211),
        ({"To": f"whatsapp:{PHONE}"}, 21612),
        ({"From": None}, 21603),
        ({"Body": None}, 21602),
        ({"Body": "  "}, 21602),
        ({"Body": "a\u0007"}, 21602),
        ({"Body": "a" * 1601}, 21617),
        ({"Body": "a" * 900}, 21617),
        ({"MediaUrl": "https://example.com/a.png"}, 21612),
        ({"SendAt": "2999-01-01T00:00:00Z", "ScheduleType": "fixed"}, 35114),
        ({"SendAt": "soon", "ScheduleType": "fixed"}, 35114),
        ({"SendAt": "2026-12-01T08:00:00Z"}, 35114),
    ],
)
async def test_wrong_parameter_has_twilios_code(service, fields, code):
    assert_error(await send(service.client, **{"to": PHONE, "body": TEXT} | _lower(fields)), 400, code)
    assert await service.redis.xlen(f"{service.tag}:messages_queue") == 0


def _lower(fields):
    return {name.lower() if name in {"To", "Body"} else name: value for name, value in fields.items()}


async def test_refusals_have_twilios_codes(run_service):
    async with run_service(apps=apps_json(free_text=True, countries=["NL"]), test_numbers="") as service:
        service.client.headers.update(basic())
        encryption = service.container.store.encryption
        await service.container.numbers.block(encryption.name_number(OTHER_PHONE))

        assert_error(await send(service.client, OTHER_PHONE), 400, 21268)
        assert_error(await send(service.client, "+4915112345678"), 400, 21408)
        for _ in range(10):
            await send(service.client)
        limited = await send(service.client)
        assert_error(limited, 429, 20429)
        assert limited.headers["retry-after"]


async def test_app_without_free_text_may_not_send(run_service):
    async with run_service(apps=apps_json()) as service:
        service.client.headers.update(basic())
        assert_error(await send(service.client), 403, 20403)


async def test_unknown_account_message_and_method(service):
    unknown = f"SM{'0' * 32}"
    other = MESSAGES.replace(ACCOUNT, OTHER_ACCOUNT)

    assert_error(await service.client.get(f"{MESSAGES}/{unknown}.json"), 404, 20404)
    assert_error(await service.client.get(f"{MESSAGES}/x.json"), 404, 20404)
    assert_error(await service.client.post(f"{other}.json", data={"To": PHONE}), 404, 20404)
    assert_error(await service.client.put(f"{MESSAGES}.json"), 405, 20004)
    assert_error(await service.client.post(f"{MESSAGES}.json", headers=basic(token="0" * 32)), 401, 20003)


def test_every_status_and_reason_has_twilios_word():
    assert set(STATUS) == {*Status, "canceled"}
    assert set(ERRORS) <= set(Reason)
