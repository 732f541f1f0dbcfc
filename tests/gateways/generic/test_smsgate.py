"""The SMS Gate profile of the generic gateway: a phone that signs its calls over body and time."""

import json
from dataclasses import replace
from hmac import digest

import pytest

from app.domain.gateway import Refused, Unreachable
from app.domain.status import Reason, Status
from app.gateways import GATEWAYS
from tests.gateways.generic.profile_contract import ProfileContract, recorded
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, SECRET, make_gateway_client
from tests.support.report_contract import NOW, SignedReports, callback

ACCOUNT = {"profile": "smsgate", "user": "acme", "password": SECRET, "report_secret": SECRET}


class TestSmsgate(SignedReports, ProfileContract):
    """The gateway contract and signed reports, for SMS Gate."""

    profile = "smsgate"
    given = f"USER=acme PASSWORD={SECRET} REPORT_SECRET={SECRET}"
    path = "/3rdparty/v1/messages"
    sender_has_plus = None  # it sends from the SIM of the phone only
    good_answer = Answer(202, body=recorded("smsgate/enqueued.json"))
    good_id = MESSAGE.id
    refusal = Answer(400, json={"message": "failed to select device: no devices found"})
    account = None  # its profile has no balance
    delivered = "sms:delivered"
    reference = ""
    signature_headers = ("x-signature", "x-timestamp")
    max_age = 300

    def event(self, word, *, id="v-1", reference=""):
        return {"event": word, "payload": {"messageId": id, "phoneNumber": MESSAGE.to.e164}, "webhookId": "w-1"}

    def report_call(self, *events):
        return callback(json.dumps(events[0]).encode())

    def sign(self, call, *, secret=SECRET, at=NOW):
        """Sign a call as PayloadSingingPlugin.kt does."""
        timestamp = str(int(at))
        signature = digest(secret.encode(), call.body + timestamp.encode(), "sha256").hex()
        return replace(call, headers={**call.headers, "x-timestamp": timestamp, "x-signature": signature})

    async def test_the_request_has_exactly_the_documented_fields(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/3rdparty/v1/messages")
        assert request.headers["authorization"].startswith("Basic ")
        assert request.json() == {
            "id": MESSAGE.id,
            "textMessage": {"text": MESSAGE.text},
            "phoneNumbers": ["+31612345678"],
            "ttl": 300,
            "withDeliveryReport": True,
            "priority": 100,
        }

    @pytest.mark.parametrize(
        ("status", "failure", "reason"),
        [
            (400, Refused, Reason.UNKNOWN),
            (401, Refused, Reason.AUTH),
            (409, Refused, Reason.DUPLICATE),
            (503, Unreachable, Reason.PROVIDER_ERROR),
        ],
    )
    async def test_each_documented_error_maps_to_a_failure(self, gateway, vendor, status, failure, reason):
        vendor.answers(Answer(status, json={"message": "…"}))

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason) == (failure, reason)

    async def test_a_message_that_failed_at_once_is_refused(self, gateway, vendor):
        vendor.answers(Answer(202, json=json.loads(recorded("smsgate/enqueued.json")) | {"state": "Failed"}))

        assert type(await self.failure(gateway)) is Refused

    async def test_an_event_of_a_new_version_names_the_recipient_apart(self, reader):
        """`phoneNumber` is about to be removed."""
        (report,) = await self.read(reader, callback(recorded("smsgate/event_delivered.json")))

        assert (report.vendor_id, report.recipient, report.status) == (
            MESSAGE.id,
            MESSAGE.to.digits,
            Status.DELIVERED,
        )

    @pytest.mark.parametrize(
        ("word", "status"),
        [("sms:sent", Status.SENT), ("sms:failed", Status.FAILED), ("sms:received", Status.UNKNOWN)],
    )
    async def test_each_vendor_status_maps_to_a_status(self, reader, word, status):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

        assert (report.status, report.word) == (status, word)


@pytest.mark.parametrize("url", ["http://192.168.1.10:8080/message", "https://sms.example.com/3rdparty/v1/messages"])
def test_the_server_of_the_phone_or_a_private_one_needs_its_address_only(url):
    gateway, _ = GATEWAYS["http"](ACCOUNT | {"url": url, "plain_http": "true"}, make_gateway_client())

    assert gateway.accepts_token("")
