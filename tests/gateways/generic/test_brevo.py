"""The Brevo profile of the generic gateway."""

import json
from dataclasses import replace

import pytest

from app.domain.gateway import Refused
from app.domain.status import Reason, Status
from tests.gateways.generic.profile_contract import ProfileContract, recorded
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, SECRET, TOKEN
from tests.support.report_contract import UnsignedReports, callback


class TestBrevo(UnsignedReports, ProfileContract):
    """The gateway contract and unsigned reports, for Brevo."""

    profile = "brevo"
    given = f"SECRET={SECRET} SENDER=Acme REPORT_TOKEN={TOKEN}"
    path = "/v3/transactionalSMS/send"
    good_answer = Answer(201, body=recorded("brevo/sent.json"))
    good_id = "1511882900176220"
    refusal = Answer(401, json={"code": "unauthorized", "message": "Key not found"})
    account = None  # its profile has no balance
    delivered = "delivered"

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return {"id": 26570, "to": MESSAGE.to.digits, "messageId": id, "msg_status": word, "_": reference}

    def report_call(self, *events):
        fields = dict(events[0])
        query = {"message": reference} if (reference := fields.pop("_")) and isinstance(reference, str) else {}
        return callback(json.dumps(fields).encode(), token=TOKEN, query=query)

    async def test_the_request_has_exactly_the_documented_fields(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/v3/transactionalSMS/send")
        assert request.headers["api-key"] == SECRET
        assert request.json() == {
            "sender": "Acme",
            "recipient": "31612345678",
            "content": MESSAGE.text,
            "type": "transactional",
            "unicodeEnabled": False,
            "webUrl": f"https://otp.example.com/v1/reports/vendor/{TOKEN}?message={MESSAGE.id}",
        }

    async def test_a_text_outside_gsm_7_is_marked_as_unicode(self, gateway, vendor):
        await gateway.send(replace(MESSAGE, text="код 482913"))

        assert vendor.requests[0].json()["unicodeEnabled"] is True

    @pytest.mark.parametrize(
        ("status", "code", "reason"),
        [
            (402, "not_enough_credits", Reason.NO_CREDIT),
            (402, "method_not_allowed", Reason.NO_CREDIT),
            (401, "unauthorized", Reason.AUTH),
            (403, "permission_denied", Reason.AUTH),
            (400, "duplicate_request", Reason.DUPLICATE),
            (400, "invalid_parameter", Reason.UNKNOWN),
        ],
    )
    async def test_each_error_maps_to_a_reason(self, gateway, vendor, status, code, reason):
        """The second is the sample of the vendor's own description."""
        vendor.answers(Answer(status, json={"code": code, "message": "…"}))

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason, failed.word) == (Refused, reason, code)

    async def test_the_documented_report_is_read(self, reader):
        call = callback(recorded("brevo/report_delivered.json"), token=TOKEN, query={"message": MESSAGE.id})

        (report,) = await self.read(reader, call)

        assert (report.vendor_id, report.reference, report.status) == (self.good_id, MESSAGE.id, Status.DELIVERED)

    @pytest.mark.parametrize(
        ("word", "status", "reason"),
        [
            ("sent", Status.SENT, None),
            ("soft_bounce", Status.UNDELIVERED, Reason.UNKNOWN),
            ("hard_bounce", Status.UNDELIVERED, Reason.UNKNOWN),
        ],
    )
    async def test_each_vendor_status_maps_to_a_status(self, reader, word, status, reason):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

        assert (report.status, report.reason, report.word) == (status, reason, word)
