"""The Infobip gateway: requests, errors, reports, settings and the contracts."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.domain.errors import InvalidRequest
from app.domain.gateway import Refused
from app.domain.message import Report
from app.domain.status import Reason, Status
from app.gateways import GATEWAYS
from app.gateways.infobip import Infobip
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import (
    MESSAGE,
    REPORT_URL,
    SECRET,
    TOKEN,
    GatewayContract,
    error_text,
    make_gateway_client,
)
from tests.support.report_contract import NOW, Batches, UnsignedReports, callback

# Recorded files follow the vendor's public samples, not a live account.
RECORDED = Path(__file__).parent.parent / "recorded" / "infobip"
ACCOUNT = {"url": "https://x1y2z3.api.infobip.com", "api_key": SECRET, "sender": "Acme", "report_token": TOKEN}
DELIVERED = {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"}


def recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


def answered(id, *, group=5, name="REJECTED_FOR_SOMETHING"):
    """Return Infobip's response to one message."""
    status = {"groupId": group, "id": id, "name": name, "description": "…"}
    return {"messages": [{"messageId": "v-1", "status": status, "destination": MESSAGE.to.digits}]}


class TestInfobip(Batches, UnsignedReports, GatewayContract):
    """The gateway contract and unsigned reports, for Infobip."""

    good_answer = Answer(200, body=recorded("sent.json"))
    good_id = "2250be2d4219-3af1-78856-aabe-1362af1edfd2"
    refusal = Answer(200, body=recorded("rejected_credits.json"))
    unlisted_error = Answer(200, json={"errorCode": "E999"})
    price_at = None  # the vendor answers without a price
    sender_has_plus = False
    account = Answer(200, body=recorded("balance.json"))
    account_summary = "47.79 EUR"
    delivered = DELIVERED["name"]

    def build(self, url, client):
        return Infobip(Infobip.Settings(**{**ACCOUNT, "url": f"{url}/"}), client)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        status = DELIVERED if word == self.delivered else {"groupId": 9, "id": 4711, "name": word}
        error = {"groupId": 0, "id": 0, "name": "NO_ERROR", "permanent": False}
        ids = {"messageId": id, "to": MESSAGE.to.digits, "callbackData": reference}
        return {"bulkId": "b-1", **ids, "messageCount": 1, "status": dict(status), "error": error}

    def report_call(self, *events):
        return callback(json.dumps({"results": list(events)}).encode(), token=TOKEN)

    async def test_the_request_has_exactly_the_documented_fields(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/sms/3/messages")
        assert request.headers["authorization"] == f"App {SECRET}"
        assert request.json() == {
            "messages": [
                {
                    "sender": "Acme",
                    "destinations": [{"to": "31612345678", "messageId": MESSAGE.id}],
                    "content": {"text": MESSAGE.text},
                    "options": {"validityPeriod": {"amount": 300, "timeUnit": "SECONDS"}},
                    "webhooks": {
                        "delivery": {"url": f"{REPORT_URL}/{TOKEN}", "intermediateReport": True, "notify": True},
                        "contentType": "application/json",
                        "callbackData": MESSAGE.id,
                    },
                }
            ]
        }

    @pytest.mark.parametrize(("given", "sender"), [("Bank", "Bank"), ("+31600000000", "31600000000")])
    async def test_the_messages_sender_overrides_the_accounts(self, gateway, vendor, given, sender):
        await gateway.send(replace(MESSAGE, sender=given))

        assert vendor.requests[0].json()["messages"][0]["sender"] == sender

    @pytest.mark.parametrize(
        ("template", "dlt"),
        [
            ("1107", {"indiaDlt": {"principalEntityId": "1101", "contentTemplateId": "1107"}}),
            ("", {"indiaDlt": {"principalEntityId": "1101"}}),
        ],
    )
    async def test_indias_registered_ids_are_sent(self, gateway, vendor, template, dlt):
        await gateway.send(replace(MESSAGE, entity_id="1101", template_id=template, valid_for=0))

        options = vendor.requests[0].json()["messages"][0]["options"]
        assert options == {"validityPeriod": {"amount": 1, "timeUnit": "SECONDS"}, "regional": dlt}

    async def test_the_validity_is_at_most_two_days(self, gateway, vendor):
        await gateway.send(replace(MESSAGE, valid_for=259_200))

        assert vendor.requests[0].json()["messages"][0]["options"]["validityPeriod"]["amount"] == 172_800

    async def test_a_duplicate_id_counts_as_accepted(self, gateway, vendor):
        """The first response was lost; Infobip refuses only the second SMS."""
        vendor.answers(Answer(200, json=answered(23, name="REJECTED_DUPLICATE_MESSAGE_ID")))

        assert (await gateway.send(MESSAGE)).id == MESSAGE.id

    async def test_segments_are_read_from_the_response(self, gateway):
        assert (await gateway.send(MESSAGE)).segments == 1

    @pytest.mark.parametrize("details", [{"messageCount": "many"}, {"messageCount": -1}, {"messageCount": None}, [], 5])
    async def test_an_invalid_message_count_is_ignored(self, gateway, vendor, details):
        body = answered(26, group=1)
        body["messages"][0]["details"] = details
        vendor.answers(Answer(200, json=body))

        assert (await gateway.send(MESSAGE)).segments is None

    @pytest.mark.parametrize(("group", "id"), [(0, 1), (1, 26), (1, "7"), (3, 2), (9, 4711), ("1", 3)])
    async def test_each_pending_status_counts_as_accepted(self, gateway, vendor, group, id):
        vendor.answers(Answer(200, json=answered(id, group=group)))

        assert (await gateway.send(MESSAGE)).id == "v-1"

    @pytest.mark.parametrize("status", [200, 400])
    @pytest.mark.parametrize(
        ("group", "ids", "reason"),
        [
            (5, [8, 51, 52], Reason.INVALID_NUMBER),
            (5, [10, 14, 87, "14"], Reason.BLOCKED_DESTINATION),
            (5, [11, 13], Reason.INVALID_SENDER),
            (5, [24, 25], Reason.CONTENT_REJECTED),
            (5, [12, 17], Reason.NO_CREDIT),
            (5, [20], Reason.THROTTLED),
            (5, [6, 18, 19, 100], Reason.PROVIDER_ERROR),
            (5, [99, 4711, None], Reason.UNKNOWN),
            (2, [4, 9], Reason.UNKNOWN),
            (4, [15], Reason.EXPIRED),
        ],
    )
    async def test_each_error_maps_to_a_reason(self, gateway, vendor, status, group, ids, reason):
        for id in ids:
            vendor.answers(Answer(status, json=answered(id, group=group)))

            with pytest.raises(Refused) as refused:
                await gateway.send(MESSAGE)

            assert (refused.value.reason, refused.value.word) == (reason, "REJECTED_FOR_SOMETHING")

    async def test_a_system_error_is_a_refusal_with_provider_error(self, gateway, vendor):
        """A retry under the same id might be refused as a duplicate of a message that was never sent."""
        vendor.answers(Answer(200, json=answered(21)))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert refused.value.reason is Reason.PROVIDER_ERROR

    @pytest.mark.parametrize(
        ("status", "fixture", "reason", "word"),
        [
            (400, "bad_request.json", Reason.UNKNOWN, "E400"),
            (401, "unauthorized_old.json", Reason.AUTH, "UNAUTHORIZED"),
        ],
    )
    async def test_a_refused_request_has_the_vendors_code(self, gateway, vendor, status, fixture, reason, word):
        vendor.answers(Answer(status, body=recorded(fixture)))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (reason, word)

    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            ({"groupId": 1, "id": 4711, "permanent": True}, Reason.UNREACHABLE_PERMANENT),
            ({"groupId": 1, "id": 4711, "permanent": False}, Reason.UNKNOWN),
            ({"groupId": 1, "id": 4711, "permanent": "true"}, Reason.UNKNOWN),
            ({"groupId": 3, "id": 4711, "permanent": True}, Reason.UNKNOWN),
            ({"groupId": 1, "id": 27, "permanent": True}, Reason.UNREACHABLE_TEMPORARY),
        ],
    )
    async def test_a_permanent_error_of_the_phone_concerns_the_number(self, reader, error, reason):
        event = self.event("UNDELIVERABLE") | {"status": {"groupId": 2, "id": 9, "name": "X"}, "error": error}
        (report,) = await reader.read_report(self.report_call(event), now=NOW)

        assert report.reason is reason

    @pytest.mark.parametrize("quoting", [answered(12, name=f"TO {MESSAGE.to.digits}"), {"errorCode": MESSAGE.to.e164}])
    async def test_a_code_that_quotes_the_number_is_dropped(self, gateway, vendor, quoting):
        vendor.answers(Answer(400, json=quoting))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert MESSAGE.to.digits not in error_text(refused.value)

    async def test_the_price_of_a_report_is_that_of_all_segments(self, reader):
        priced = {"price": {"pricePerMessage": 0.0123, "currency": "USD"}, "messageCount": 3}

        (report,) = await self.read(reader, self.report_call(self.event(self.delivered) | priced))

        assert report.price == "0.0369 USD"

    async def test_the_vendors_sample_report_is_read(self, reader):
        assert await reader.read_report(callback(recorded("reports.json")), now=NOW) == [
            Report(
                "MESSAGE-ID-123-xyz",
                Status.DELIVERED,
                "DELIVERED_TO_HANDSET",
                None,
                "m-8RZ2vJ0w",
                "41793026727",
                "0.01 EUR",
            ),
            Report(
                "MESSAGE-ID-124-xyz",
                Status.UNDELIVERED,
                "UNDELIVERABLE_NOT_DELIVERED 1",
                Reason.INVALID_NUMBER,
                "m-9SA3wK1x",
                "41793026834",
            ),
        ]

    @pytest.mark.parametrize(
        ("group", "id", "status", "reason"),
        [
            (1, 26, Status.QUEUED, None),
            (1, 3, Status.SENT, None),
            (1, 7, Status.SENT, None),
            (3, 2, Status.SENT, None),
            (3, 5, Status.DELIVERED, None),
            (2, 4, Status.UNDELIVERED, Reason.UNKNOWN),
            (2, 9, Status.UNDELIVERED, Reason.UNKNOWN),
            (2, 31, Status.UNDELIVERED, Reason.PROVIDER_ERROR),
            (4, 15, Status.EXPIRED, Reason.EXPIRED),
            (4, 29, Status.EXPIRED, Reason.EXPIRED),
            (4, 87, Status.EXPIRED, Reason.BLOCKED_DESTINATION),
            (4, 4711, Status.EXPIRED, Reason.EXPIRED),
            (5, 12, Status.FAILED, Reason.NO_CREDIT),
            (5, 52, Status.FAILED, Reason.INVALID_NUMBER),
            (5, 4711, Status.FAILED, Reason.UNKNOWN),
            ("5", "14", Status.FAILED, Reason.BLOCKED_DESTINATION),
            (5, 23, Status.UNKNOWN, None),
            (9, 4711, Status.UNKNOWN, None),
            (None, None, Status.UNKNOWN, None),
        ],
    )
    async def test_each_vendor_status_maps_to_a_status(self, reader, group, id, status, reason):
        report_call = {**self.event(self.delivered), "status": {"groupId": group, "id": id, "name": "NAME"}}

        (report,) = await self.read(reader, self.report_call(report_call))

        assert (report.status, report.reason, report.word) == (status, reason, "NAME")

    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            (1, Reason.INVALID_NUMBER),
            (27, Reason.UNREACHABLE_TEMPORARY),
            (9, Reason.UNREACHABLE_PERMANENT),
            (603, Reason.OPTED_OUT),
            (2050, Reason.BLOCKED_DESTINATION),
            (368, Reason.INVALID_SENDER),
            (607, Reason.CONTENT_REJECTED),
            (4099, Reason.NO_CREDIT),
            (572, Reason.CONFIG),
            (4103, Reason.THROTTLED),
            (4098, Reason.EXPIRED),
            (4711, Reason.UNKNOWN),
        ],
    )
    async def test_the_reason_comes_from_the_error(self, reader, error, reason):
        status = {"groupId": 2, "id": 9, "name": "UNDELIVERABLE_NOT_DELIVERED"}
        report_call = {**self.event(self.delivered), "status": status, "error": {"id": error}}

        (report,) = await self.read(reader, self.report_call(report_call))

        assert (report.reason, report.word) == (reason, f"UNDELIVERABLE_NOT_DELIVERED {error}")

    @pytest.mark.parametrize(("error", "reason"), [(603, Reason.OPTED_OUT), (4711, Reason.NO_CREDIT)])
    async def test_the_reason_of_the_error_overrides_that_of_the_status(self, reader, error, reason):
        status = {"groupId": 5, "id": 12, "name": "REJECTED_NOT_ENOUGH_CREDITS"}
        report_call = {**self.event(self.delivered), "status": status, "error": {"id": error}}

        (report,) = await self.read(reader, self.report_call(report_call))

        assert report.reason is reason

    async def test_a_reply_reports_nothing(self, reader):
        assert await reader.read_report(callback(recorded("reply.json")), now=NOW) == []

    @pytest.mark.parametrize("body", [b'{"results": {}}', b'{"results": null}', b"[]", b'[{"results": []}, {}]'])
    async def test_a_body_without_results_is_rejected(self, reader, body):
        with pytest.raises(InvalidRequest):
            await reader.read_report(callback(body), now=NOW)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"url": None}, "url"),
        ({"url": "x1y2z3.api.infobip.com"}, "starts with http"),
        ({"url": "http://x1y2z3.api.infobip.com"}, "https://"),
        ({"api_key": ""}, "It is empty"),
        ({"api_key": f"App {SECRET}"}, "without spaces"),
        ({"sender": "123456789"}, "at most 11 letters"),
        ({"report_token": "guessable"}, "22"),
        ({"report_token": None}, "report_token"),
        ({"base_url": "https://x1y2z3.api.infobip.com"}, "base_url"),
    ],
    ids=["no_url", "no_scheme", "plain_http", "no_key", "prefix", "sender", "guessable", "no_token", "misspelt"],
)
def test_invalid_settings_are_rejected_with_a_message(changes, expected):
    with pytest.raises(ValidationError, match=expected) as refused:
        Infobip.Settings(**{**ACCOUNT, **changes})

    assert not [hidden for hidden in (SECRET, TOKEN, "guessable") if hidden in str(refused.value)]


def test_the_registry_builds_the_gateway_from_text_settings():
    gateway, _ = GATEWAYS["infobip"](ACCOUNT, make_gateway_client())

    assert (gateway.name, gateway.acknowledgement, gateway.repeats_safely) == ("vendor", b"OK", True)
