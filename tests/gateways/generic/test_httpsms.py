"""The httpSMS profile of the generic gateway: a phone whose server signs its calls by a JWT."""

import json
from dataclasses import replace

import pytest
from jwt import encode

from app.domain.errors import BadReport
from app.domain.gateway import Refused
from app.domain.status import Reason, Status
from tests.gateways.generic.profile_contract import ProfileContract, recorded
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, REPORT_URL, SECRET
from tests.support.report_contract import NOW, SignedReports, callback

PHONE = "+15552221111"


class TestHttpsms(SignedReports, ProfileContract):
    """The gateway contract and signed reports, for httpSMS."""

    profile = "httpsms"
    given = f"SECRET={SECRET} ACCOUNT={PHONE} REPORT_SECRET={SECRET}{SECRET}"
    path = "/v1/messages/send"
    sender_has_plus = None  # it sends from the number of the phone only
    good_answer = Answer(200, body=recorded("httpsms/sent.json"))
    good_id = "32343a19-da5e-4b1b-a767-3298a73703cb"
    refusal = Answer(401, body=recorded("httpsms/unauthorized.json"))
    account = None  # its profile has no balance
    delivered = "message.phone.delivered"
    signature_headers = ("authorization",)
    signs_body = False  # the token names the address and the time
    max_age = 300

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return {"type": word, "data": {"id": id, "contact": MESSAGE.to.e164, "request_id": reference}}

    def report_call(self, *events):
        return callback(json.dumps(events[0]).encode())

    def sign(self, call, *, secret=SECRET, at=NOW):
        """Sign a call as getAuthToken of its webhook service does."""
        claims = {
            "aud": REPORT_URL,
            "exp": int(at) + 600,
            "iat": int(at),
            "iss": "api.httpsms.com",
            "nbf": int(at) - 600,
            "sub": "WB7DRDWrJZRGbYrv2CKGkqbzvqdC",
        }
        token = encode(claims, secret * 2, algorithm="HS256")
        return replace(call, headers={**call.headers, "authorization": f"Bearer {token}"})

    async def test_the_request_has_exactly_the_documented_fields(self, gateway, vendor):
        await gateway.send(replace(MESSAGE, sender="Acme"))

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/v1/messages/send")
        assert request.headers["x-api-key"] == SECRET
        assert request.json() == {
            "from": PHONE,
            "to": "+31612345678",
            "content": MESSAGE.text,
            "request_id": MESSAGE.id,
        }

    @pytest.mark.parametrize(
        ("status", "reason"),
        [(400, Reason.UNKNOWN), (401, Reason.AUTH), (402, Reason.NO_CREDIT), (422, Reason.UNKNOWN)],
    )
    async def test_each_documented_error_maps_to_a_reason(self, gateway, vendor, status, reason):
        vendor.answers(Answer(status, json={"status": "error", "message": "…", "data": {"to": ["…"]}}))

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason) == (Refused, reason)

    async def test_an_expired_event_has_its_id_in_another_field(self, reader):
        (report,) = await self.read(reader, callback(recorded("httpsms/event_expired.json")))

        assert (report.vendor_id, report.reference, report.status) == (self.good_id, MESSAGE.id, Status.EXPIRED)

    @pytest.mark.parametrize(
        ("word", "status"),
        [
            ("message.phone.sent", Status.SENT),
            ("message.send.failed", Status.FAILED),
            ("message.phone.received", Status.UNKNOWN),
        ],
    )
    async def test_each_vendor_status_maps_to_a_status(self, reader, word, status):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

        assert (report.status, report.word) == (status, word)

    async def test_a_call_of_another_webhook_is_rejected(self, reader):
        """The same signing key may serve several webhooks of an account."""
        signed = self.sign(self.report_call(self.event(self.delivered)))

        with pytest.raises(BadReport):
            await reader.read_report(replace(signed, url=f"{REPORT_URL}-2"), now=NOW)
