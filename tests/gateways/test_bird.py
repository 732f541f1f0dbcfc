"""The Bird gateway: requests, errors, reports, settings and the contracts."""

import hmac
import json
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError
from standardwebhooks import Webhook

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.message import Report
from app.domain.status import Reason, Status
from app.gateways import GATEWAYS
from app.gateways.bird import Bird
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, SECRET, GatewayContract, error_text, make_gateway_client
from tests.support.report_contract import NOW, SignedReports, callback

# Recorded files follow the models of the vendor's Python package, not a live account.
RECORDED = Path(__file__).parent.parent / "recorded" / "bird"
ID = "sms_01krdgeqcxet5s7t44vh8rt9mg"


def recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


def webhook_secret(secret):
    return f"whsec_{b64encode(secret.encode().ljust(32, b'.')).decode()}"


ACCOUNT = {"api_key": f"bk_eu1_{SECRET}", "webhook_secret": webhook_secret(SECRET), "sender": "Acme"}


def error_body(name, *, kind="validation_error", code="E01001"):
    return {"error": {"type": kind, "code": code, "name": name, "message": MESSAGE.text, "param": MESSAGE.to.e164}}


class TestBird(SignedReports, GatewayContract):
    """The gateway contract and signed reports, for Bird."""

    good_answer = Answer(202, body=recorded("sent.json"))
    good_id = ID
    refusal = Answer(422, body=recorded("refused_recipient.json"))
    unlisted_error = Answer(200, json=error_body("SomethingNew"))
    price_at = None  # the cost is not known yet when Bird answers
    sender_has_plus = True
    account = Answer(200, body=recorded("workspace.json"))
    account_summary = "works; Bird shows no balance to keys"
    signature_headers = ("webhook-id", "webhook-timestamp", "webhook-signature")
    max_age = 300

    def build(self, url, client):
        return Bird(Bird.Settings(url=f"{url}/", **ACCOUNT), client)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        data = {"sms_id": id, "to": MESSAGE.to.e164, "metadata": {"message": reference}, "error": None}
        return {"type": f"sms.{word}", "timestamp": "2026-05-21T12:00:00Z", "data": data}

    def report_call(self, *events):
        (event,) = events
        return callback(json.dumps(event).encode())

    def sign(self, call, *, secret=SECRET, at=NOW):
        key = b64decode(webhook_secret(secret).removeprefix("whsec_"))
        digest = hmac.digest(key, f"evt_1.{int(at)}.".encode() + call.body, "sha256")
        values = ("evt_1", str(int(at)), f"v1,{b64encode(digest).decode()}")
        return replace(call, headers=dict(zip(self.signature_headers, values, strict=True)))

    async def test_an_event_that_the_standardwebhooks_package_signs_is_read(self, reader):
        call = self.report_call(self.event("delivered"))
        signature = Webhook(webhook_secret(SECRET)).sign("evt_1", datetime.fromtimestamp(NOW, UTC), call.body.decode())
        values = ("evt_1", str(int(NOW)), signature)
        signed = replace(call, headers=dict(zip(self.signature_headers, values, strict=True)))

        (report,) = await reader.read_report(signed, now=NOW)

        assert report.status is Status.DELIVERED

    async def test_the_request_has_exactly_the_documented_fields(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/v1/sms/messages")
        assert request.headers["authorization"] == f"Bearer bk_eu1_{SECRET}"
        assert request.headers["idempotency-key"] == MESSAGE.id
        assert request.json() == {
            "to": "+31612345678",
            "from": "Acme",
            "text": MESSAGE.text,
            "category": "authentication",
            "metadata": {"message": MESSAGE.id},
            "validity_period": 300,
        }

    @pytest.mark.parametrize(("valid_for", "validity"), [(0, 60), (59, 60), (241, 300), (300, 300), (10**6, 172_800)])
    async def test_the_validity_is_in_whole_minutes_within_the_vendors_bounds(
        self, gateway, vendor, valid_for, validity
    ):
        """A repeated call has the same body, or its Idempotency-Key would be that of another request."""
        await gateway.send(replace(MESSAGE, valid_for=valid_for))

        assert vendor.requests[0].json()["validity_period"] == validity

    async def test_an_organization_outside_the_preview_sends_without_a_validity(self, gateway, vendor):
        """The vendor takes `validity_period` from organizations in its preview only."""
        vendor.answers(Answer(422, json=error_body("SMSUnsupportedFeature")))

        first, second = await gateway.send(MESSAGE), await gateway.send(replace(MESSAGE, id="m-2"))

        assert (first.id, second.id) == (ID, ID)
        assert ["validity_period" in request.json() for request in vendor.requests] == [True, False, False]
        keys = [request.headers["idempotency-key"] for request in vendor.requests]
        assert keys == [MESSAGE.id, f"{MESSAGE.id}-plain", "m-2-plain"]

    async def test_an_unsupported_feature_of_another_kind_is_a_refusal(self, gateway, vendor):
        vendor.answers(*[Answer(422, json=error_body("SMSUnsupportedFeature"))] * 2)

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.word, len(vendor.requests)) == ("SMSUnsupportedFeature", 2)

    async def test_an_accepted_message_has_its_segments(self, gateway):
        assert (await gateway.send(MESSAGE)).segments == 1

    @pytest.mark.parametrize(
        ("status", "name", "kind", "reason"),
        [
            (422, "SMSInvalidRecipient", "validation_error", Reason.INVALID_NUMBER),
            (422, "SMSSenderNotConfigured", "validation_error", Reason.INVALID_SENDER),
            (422, "SMSMessagingProfileSenderBound", "validation_error", Reason.INVALID_SENDER),
            (422, "SenderCategoryNotPermitted", "validation_error", Reason.INVALID_SENDER),
            (401, "InvalidKey", "auth_error", Reason.AUTH),
            (402, "WalletEmpty", "billing_error", Reason.NO_CREDIT),
            (421, "OtherRegion", "misdirected_error", Reason.CONFIG),
            (404, "NoRoute", "not_found_error", Reason.CONFIG),
            (403, "NotHere", "permission_error", Reason.UNKNOWN),
            (400, "SomethingNew", "bad_request_error", Reason.UNKNOWN),
            (422, "SomethingNew", "validation_error", Reason.UNKNOWN),
        ],
    )
    async def test_an_error_maps_to_a_reason_by_its_name_or_else_its_class(
        self, gateway, vendor, status, name, kind, reason
    ):
        vendor.answers(Answer(status, json=error_body(name, kind=kind)))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (reason, name)
        assert MESSAGE.to.digits not in error_text(refused.value)

    async def test_throttling_raises_unreachable(self, gateway, vendor):
        vendor.answers(Answer(429, json=error_body("Slow", kind="rate_limit_error"), headers={"retry-after": "7"}))

        with pytest.raises(Unreachable) as unreachable:
            await gateway.send(MESSAGE)

        assert (unreachable.value.reason, unreachable.value.after) == (Reason.THROTTLED, 7)

    async def test_an_earlier_call_in_progress_raises_unsure(self, gateway, vendor):
        vendor.answers(Answer(409, json=error_body("InProgress", kind="conflict_error")))

        with pytest.raises(Unsure):
            await gateway.send(MESSAGE)

    @pytest.mark.parametrize(
        ("status", "error", "reason", "word"),
        [
            ("rejected", {"code": "insufficient_balance"}, Reason.NO_CREDIT, "insufficient_balance"),
            ("failed", {"code": "something_new"}, Reason.UNKNOWN, "something_new"),
            ("rejected", None, Reason.UNKNOWN, ""),
        ],
    )
    async def test_a_message_that_is_created_as_failed_is_refused(self, gateway, vendor, status, error, reason, word):
        vendor.answers(Answer(202, json={**json.loads(recorded("sent.json")), "status": status, "last_error": error}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (reason, word)

    @pytest.mark.parametrize(
        ("word", "status"),
        [
            ("accepted", Status.QUEUED),
            ("sent", Status.SENT),
            ("delivered", Status.DELIVERED),
            ("undelivered", Status.UNDELIVERED),
            ("failed", Status.FAILED),
            ("rejected", Status.FAILED),
            ("expired", Status.EXPIRED),
        ],
    )
    async def test_each_event_maps_to_a_status(self, reader, word, status):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

        assert (report.status, report.word) == (status, word)

    async def test_the_recorded_failure_is_read(self, reader):
        assert await self.read(reader, callback(recorded("failed.json"))) == [
            Report(ID, Status.FAILED, "failed recipient_opted_out", Reason.OPTED_OUT, MESSAGE.id, MESSAGE.to.digits)
        ]

    @pytest.mark.parametrize("kind", ["sms.received", "sms_suppression.created", "whatsapp.delivered"])
    async def test_an_event_of_another_kind_reports_nothing(self, reader, kind):
        assert await self.read(reader, self.report_call({**self.event("delivered"), "type": kind})) == []

    async def test_a_workspace_without_an_id_raises_unsure(self, gateway, vendor):
        vendor.answers(Answer(200, json={"fine": True}))

        with pytest.raises(Unsure):
            await gateway.check()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"api_key": SECRET}, "belongs to the gateway messagebird"),
        ({"api_key": f"bk_{SECRET}"}, "like bk_eu1_"),
        ({"api_key": ""}, "It is empty"),
        ({"webhook_secret": "whsec_short"}, "as the vendor shows it"),
        ({"webhook_secret": None}, "webhook_secret"),
        ({"sender": "A&B"}, "at most 11 letters"),
        ({"url": "http://eu1.example.test"}, "https://"),
        ({"access_key": SECRET}, "access_key"),
    ],
    ids=str,
)
def test_invalid_settings_are_rejected_with_a_message(changes, expected):
    with pytest.raises(ValidationError, match=expected) as refused:
        Bird.Settings(**{**ACCOUNT, **changes})

    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("region", ["eu1", "us1"])
def test_the_key_names_the_region_of_the_api(region):
    gateway, _ = GATEWAYS["bird"]({**ACCOUNT, "api_key": f"bk_{region}_{SECRET}"}, make_gateway_client())

    assert gateway._base_url() == f"https://{region}.platform.bird.com"  # noqa: SLF001  a call would leave the machine


def test_the_registry_builds_the_gateway_from_text_settings():
    gateway, _ = GATEWAYS["bird"](ACCOUNT, make_gateway_client())

    assert (gateway.name, gateway.acknowledgement, gateway.repeats_safely) == ("vendor", b"OK", True)
