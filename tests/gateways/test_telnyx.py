"""The Telnyx gateway: requests, errors, reports and the contracts."""

import json
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.message import Report
from app.domain.status import Reason, Status
from app.gateways.report_parsing import object_at
from app.gateways.telnyx import Telnyx
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, REPORT_URL, SECRET, TOKEN, GatewayContract, make_gateway_client
from tests.support.report_contract import NOW, SignedReports, callback

# Recorded files follow the vendor's public samples, not a live account.
RECORDED = Path(__file__).parent.parent / "recorded" / "telnyx"


def recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


def private_key(secret):
    """Return the vendor's private key; the account's portal shows the public key."""
    return Ed25519PrivateKey.from_private_bytes(sha256(secret.encode()).digest())


PUBLIC_KEY = b64encode(private_key(SECRET).public_key().public_bytes_raw()).decode()
ACCOUNT = {"api_key": SECRET, "public_key": PUBLIC_KEY, "sender": "+18445550001"}


def refusal(code, *, pointer=None):
    error = {"code": code, "title": "No", "detail": MESSAGE.text}
    return {"errors": [error if pointer is None else {**error, "source": {"pointer": pointer}}]}


class TestTelnyx(SignedReports, GatewayContract):
    """The gateway contract and signed reports, for Telnyx."""

    good_answer = Answer(200, body=recorded("sent.json"))
    good_id = "40385f64-5717-4562-b3fc-2c963f66afa6"
    refusal = Answer(400, body=recorded("refused_to.json"))
    unlisted_error = Answer(200, json={"errors": [{"code": "77777"}]})
    price_at = None  # the cost comes in a report, if at all
    sender_has_plus = True
    account = Answer(200, body=recorded("balance.json"))
    account_summary = "400.00 USD"
    signature_headers = ("telnyx-signature-ed25519", "telnyx-timestamp")
    max_age = 300

    def build(self, url, client):
        return Telnyx(Telnyx.Settings(url=f"{url}/v2/", **ACCOUNT), client)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        to = [{"phone_number": MESSAGE.to.e164, "status": word}]
        payload = {"id": id, "to": to, "text": MESSAGE.text, "errors": []}
        return {"data": {"event_type": "message.finalized", "payload": payload}, "meta": {"reference_key": reference}}

    def report_call(self, *events):
        (event,) = events
        return callback(
            json.dumps(event).encode(), query={"message": str(object_at(event, "meta").get("reference_key"))}
        )

    def sign(self, call, *, secret=SECRET, at=NOW):
        timestamp = str(int(at))
        signature = private_key(secret).sign(timestamp.encode() + b"|" + call.body)
        headers = {"telnyx-timestamp": timestamp, "telnyx-signature-ed25519": b64encode(signature).decode()}
        return replace(call, headers=headers)

    async def test_the_request_has_exactly_the_documented_fields(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/v2/messages")
        assert request.headers["authorization"] == f"Bearer {SECRET}"
        assert request.json() == {
            "to": "+31612345678",
            "from": "+18445550001",
            "text": MESSAGE.text,
            "type": "SMS",
            "webhook_url": f"{REPORT_URL}?message={MESSAGE.id}",
            "use_profile_webhooks": False,
        }

    async def test_a_number_pool_needs_no_sender(self, vendor):
        settings = {"api_key": SECRET, "public_key": PUBLIC_KEY, "messaging_profile_id": "4000eba1-a0c0"}
        client = make_gateway_client()
        await Telnyx(Telnyx.Settings(url=vendor.url, **settings), client).send(MESSAGE)
        await client.http_pool.close()

        body = vendor.requests[0].json()
        assert (body.get("from"), body["messaging_profile_id"]) == (None, "4000eba1-a0c0")

    async def test_the_messages_sender_overrides_the_accounts(self, gateway, vendor):
        await gateway.send(replace(MESSAGE, sender="Bank"))

        assert vendor.requests[0].json()["from"] == "Bank"

    async def test_a_report_token_is_part_of_the_report_url(self, vendor):
        client = make_gateway_client()
        gateway = Telnyx(Telnyx.Settings(url=vendor.url, report_token=TOKEN, **ACCOUNT), client)
        await gateway.send(MESSAGE)
        await client.http_pool.close()

        assert vendor.requests[0].json()["webhook_url"] == f"{REPORT_URL}/{TOKEN}?message={MESSAGE.id}"
        assert (gateway.accepts_token(TOKEN), gateway.accepts_token("")) == (True, False)

    @pytest.mark.parametrize(("parts", "segments"), [(1, 1), (2, 2), (0, None), (None, None), ("x", None), ([1], None)])
    async def test_segments_are_read_from_the_response(self, gateway, vendor, parts, segments):
        vendor.answers(Answer(200, json={"data": {"id": "v-7", "parts": parts}}))

        accepted = await gateway.send(MESSAGE)

        assert (accepted.id, accepted.segments) == ("v-7", segments)

    @pytest.mark.parametrize("status", [200, 400, 422])
    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("10009", Reason.AUTH),
            ("20100", Reason.NO_CREDIT),
            ("40312", Reason.CONFIG),
            ("40305", Reason.INVALID_SENDER),
            ("10016", Reason.INVALID_SENDER),
            ("40310", Reason.INVALID_NUMBER),
            (40310, Reason.INVALID_NUMBER),
            ("40001", Reason.INVALID_NUMBER),
            ("40300", Reason.OPTED_OUT),
            ("40322", Reason.CONTENT_REJECTED),
            ("40309", Reason.PROVIDER_ERROR),
            ("77777", Reason.UNKNOWN),
        ],
    )
    async def test_each_error_maps_to_a_reason(self, gateway, vendor, code, reason, status):
        vendor.answers(Answer(status, json=refusal(code)))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (reason, str(code))

    @pytest.mark.parametrize(
        ("pointer", "reason"),
        [("/to", Reason.INVALID_NUMBER), ("/from", Reason.INVALID_SENDER), (7, Reason.INVALID_SENDER)],
    )
    async def test_the_pointer_decides_which_number_is_invalid(self, gateway, vendor, pointer, reason):
        """An invalid sender must not stop the send for all gateways, as an invalid number does."""
        vendor.answers(Answer(400, json=refusal("10002", pointer=pointer)))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert refused.value.reason is reason

    @pytest.mark.parametrize(
        ("code", "failure", "reason"),
        [("10011", Unreachable, Reason.THROTTLED), ("10007", Unsure, Reason.PROVIDER_ERROR)],
    )
    async def test_temporary_errors_raise_unreachable_or_unsure(self, gateway, vendor, code, failure, reason):
        vendor.answers(Answer(400, json=refusal(code)))

        with pytest.raises(failure) as failed:
            await gateway.send(MESSAGE)

        assert (failed.value.reason, failed.value.word) == (reason, code)

    @pytest.mark.parametrize(
        ("word", "status", "reason"),
        [
            ("queued", Status.QUEUED, None),
            ("sending", Status.QUEUED, None),
            ("sent", Status.SENT, None),
            ("delivery_unconfirmed", Status.SENT, None),
            ("delivered", Status.DELIVERED, None),
            ("expired", Status.EXPIRED, Reason.EXPIRED),
            ("delivery_failed", Status.UNDELIVERED, Reason.UNKNOWN),
            ("sending_failed", Status.FAILED, Reason.UNKNOWN),
        ],
    )
    async def test_each_vendor_status_maps_to_a_status(self, reader, word, status, reason):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

        assert (report.status, report.reason, report.word) == (status, reason, word)

    async def test_a_recorded_delivery_report_is_read(self, reader):
        call = callback(recorded("report_delivered.json"), query={"message": MESSAGE.id})

        assert await self.read(reader, call) == [
            Report(self.good_id, Status.DELIVERED, "delivered", None, MESSAGE.id, "31612345678", "0.0051 USD")
        ]

    async def test_a_recorded_failure_report_has_a_reason(self, reader):
        assert await self.read(reader, callback(recorded("report_failed.json"))) == [
            Report(self.good_id, Status.UNDELIVERED, "delivery_failed 40001", Reason.INVALID_NUMBER, "", "31612345678")
        ]

    async def test_a_reply_reports_nothing(self, reader):
        assert await self.read(reader, callback(recorded("event_received.json"))) == []

    @pytest.mark.parametrize("kind", ["message.sent", "message.finalized"])
    async def test_sent_and_finalized_events_are_read(self, reader, kind):
        event = self.event("sent")
        event["data"]["event_type"] = kind

        (report,) = await self.read(reader, self.report_call(event))

        assert report.status is Status.SENT
