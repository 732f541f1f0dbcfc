"""The GatewayAPI gateway: requests, errors, reports and the contracts."""

import json
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import jwt
import pytest

from app.domain.gateway import Refused
from app.domain.message import Report
from app.domain.status import Reason, Status
from app.gateways.gatewayapi import GatewayApi
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, REPORT_URL, SECRET, TOKEN, GatewayContract
from tests.support.report_contract import SignedReports, UnsignedReports, callback

# Recorded files follow the vendor's public samples, not a live account.
RECORDED = Path(__file__).parent.parent / "recorded" / "gatewayapi"
WEBHOOK_SECRET = f"{SECRET:->32}"
SIGNED = {"api_token": SECRET, "sender": "Acme", "webhook_secret": WEBHOOK_SECRET}
UNSIGNED = {"api_token": SECRET, "sender": "Acme", "report_token": TOKEN}


def recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


class SharedTests(GatewayContract):
    """Tests of accounts with and without a webhook."""

    good_answer = Answer(200, body=recorded("sent.json"))
    good_id = "421332671"
    refusal = Answer(403, body=recorded("refused_address.json"))
    unlisted_error = Answer(200, json={"code": "0x0777"})
    price_at = "total_cost"
    sender_has_plus = False
    account = Answer(200, body=recorded("account.json"))
    account_summary = "1234.56 DKK"
    delivered = "DELIVERED"

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return {"id": id, "msisdn": int(MESSAGE.to.digits), "time": 1, "status": word, "userref": reference}

    async def test_a_recorded_delivery_report_is_read(self, reader):
        assert await self.read(reader, callback(recorded("report_delivered.json"))) == [
            Report("421332671", Status.DELIVERED, "DELIVERED", None, MESSAGE.id, "31612345678")
        ]


class TestWithAWebhook(SharedTests, SignedReports):
    """The gateway contract and signed reports, for an account with a webhook."""

    signature_headers = ("x-gwapi-signature",)
    max_age = None  # the token carries no time of signing
    signs_body = False  # the signature contains a copy of the report, and the copy is read

    def build(self, url, client):
        return GatewayApi(GatewayApi.Settings(url=f"{url}/", **SIGNED), client)

    def report_call(self, *events):
        (event,) = events
        return callback(json.dumps(event).encode())

    def sign(self, call, *, secret=SECRET, at=0.0):
        token = jwt.api_jws.PyJWS().encode(call.body, f"{secret:->32}", algorithm="HS256")
        return replace(call, headers={"x-gwapi-signature": token})

    async def test_the_signed_payload_is_read_instead_of_the_body(self, reader):
        """The body is not signed, so an attacker who replays a call can change it."""
        signed = self.sign(self.report_call(self.event("EXPIRED")))

        (report,) = await reader.read_report(
            replace(signed, body=self.report_call(self.event("DELIVERED")).body), now=0
        )

        assert report.status is Status.EXPIRED

    async def test_the_request_has_exactly_the_documented_fields(self, gateway, vendor):
        """The webhook sets the report address; reports to a `callback_url` would not be signed."""
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/rest/mtsms")
        assert request.headers["authorization"] == f"Basic {b64encode(f'{SECRET}:'.encode()).decode()}"
        assert request.json() == {
            "class": "standard",
            "message": MESSAGE.text,
            "encoding": "UTF8",
            "sender": "Acme",
            "recipients": [{"msisdn": "31612345678"}],
            "validity_period": 300,
            "userref": MESSAGE.id,
        }

    @pytest.mark.parametrize(
        ("changes", "field", "value"),
        [
            ({"valid_for": 59}, "validity_period", 60),
            ({"valid_for": 61}, "validity_period", 61),
            ({"text": "Dein Code für Café €5: 482913"}, "encoding", "UTF8"),
            ({"text": "Ваш код: 482913"}, "encoding", "UCS2"),
            ({"text": "482913 “Acme”"}, "encoding", "UCS2"),
            ({"sender": "Bank"}, "sender", "Bank"),
            ({"sender": "+31612345678"}, "sender", "31612345678"),
        ],
        ids=str,
    )
    async def test_message_values_map_to_request_fields(self, gateway, vendor, changes, field, value):
        await gateway.send(replace(MESSAGE, **changes))

        assert vendor.requests[0].json()[field] == value

    @pytest.mark.parametrize(
        ("usage", "segments", "price"),
        [
            ({"countries": {"DK": 2}, "currency": "EUR", "total_cost": 0.06}, 2, "0.06 EUR"),
            ({"countries": {"DK": "2"}, "currency": None, "total_cost": "0.06"}, None, "0.06"),
            ({"countries": {"DK": 3}, "currency": "EUR", "total_cost": 0.07 * 3}, 3, "0.21 EUR"),
            ({"countries": {"DK": 1}, "currency": "EUR", "total_cost": 0.00001}, 1, "0.00001 EUR"),
            ({"countries": {"DK": 1}, "currency": "EUR", "total_cost": 1e300}, 1, None),
            ({"countries": {"DK": 1}, "currency": "EUR", "total_cost": -1}, 1, None),
            ({"countries": {"DK": 1}, "currency": "EUR", "total_cost": True}, 1, None),
            ({"countries": {"DK": 1, "SE": 1}}, None, None),
            ([], None, None),
        ],
    )
    async def test_segments_and_price_are_read_from_the_usage(self, gateway, vendor, usage, segments, price):
        vendor.answers(Answer(200, json={"ids": ["7"], "usage": usage}))

        accepted = await gateway.send(MESSAGE)

        assert (accepted.id, accepted.segments, accepted.price) == ("7", segments, price)

    @pytest.mark.parametrize("status", [200, 400, 403, 422, 500])
    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("0x0211", Reason.AUTH),
            ("0x0213", Reason.CONFIG),
            ("0x0214", Reason.DUPLICATE),
            ("0x0215", Reason.BLOCKED_DESTINATION),
            ("0x0216", Reason.NO_CREDIT),
            ("0x0217", Reason.PROVIDER_ERROR),
            ("0x021E", Reason.CONFIG),
        ],
    )
    async def test_each_error_maps_to_a_reason(self, gateway, vendor, code, reason, status):
        vendor.answers(Answer(status, json={"code": code, "message": MESSAGE.text, "variables": [MESSAGE.to.e164]}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (reason, code.lower())

    @pytest.mark.parametrize(
        ("status", "code", "word"), [(200, "0x0777", "0x0777"), (400, "0x0777", "0x0777"), (400, "no", "HTTP 400")]
    )
    async def test_an_unknown_code_is_a_refusal(self, gateway, vendor, status, code, word):
        vendor.answers(Answer(status, json={"code": code}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (Reason.UNKNOWN, word)

    @pytest.mark.parametrize(
        ("word", "status", "reason"),
        [
            ("SCHEDULED", Status.QUEUED, None),
            ("BUFFERED", Status.QUEUED, None),
            ("ENROUTE", Status.SENT, None),
            ("ACCEPTED", Status.SENT, None),
            ("DELIVERED", Status.DELIVERED, None),
            ("EXPIRED", Status.EXPIRED, Reason.EXPIRED),
            ("UNDELIVERABLE", Status.UNDELIVERED, Reason.UNKNOWN),
            ("REJECTED", Status.FAILED, Reason.UNKNOWN),
            ("DELETED", Status.FAILED, Reason.UNKNOWN),
            ("SKIPPED", Status.FAILED, Reason.UNKNOWN),
            ("UNKNOWN", Status.UNKNOWN, None),
        ],
    )
    async def test_each_vendor_status_maps_to_a_status(self, reader, word, status, reason):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

        assert (report.status, report.reason, report.word) == (status, reason, word)

    async def test_a_recorded_failure_report_has_a_reason(self, reader):
        (report,) = await self.read(reader, callback(recorded("report_undeliverable.json")))

        assert (report.status, report.word) == (Status.UNDELIVERED, "UNDELIVERABLE 0x1013")
        assert report.reason is Reason.UNREACHABLE_TEMPORARY

    async def test_an_incoming_sms_reports_nothing(self, reader):
        assert await self.read(reader, callback(recorded("event_incoming.json"))) == []


class TestWithoutAWebhook(SharedTests, UnsignedReports):
    """The gateway contract and unsigned reports, for an account without a webhook."""

    def build(self, url, client):
        return GatewayApi(GatewayApi.Settings(url=url, **UNSIGNED), client)

    async def test_the_request_contains_the_report_url_with_its_token(self, gateway, vendor):
        await gateway.send(MESSAGE)

        assert vendor.requests[0].json()["callback_url"] == f"{REPORT_URL}/{TOKEN}"
