"""The SMSAPI profile of the generic gateway: reports as lists separated by commas."""

from urllib.parse import parse_qs

import pytest

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.status import Reason, Status
from tests.gateways.generic.profile_contract import ProfileContract, form, recorded
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, SECRET, TOKEN
from tests.support.report_contract import ANY_JSON, UnsignedReports, callback


class TestSmsApi(UnsignedReports, ProfileContract):
    """The gateway contract and unsigned reports, for SMSAPI."""

    profile = "smsapi"
    given = f"SECRET={SECRET} SENDER=Acme REPORT_TOKEN={TOKEN}"
    path = "/sms.do"
    balance_path = "/profile"
    account = Answer(200, json={"name": "test", "email": "test", "payment_type": "prepaid", "points": 593.994})
    account_summary = "593.994"
    good_answer = Answer(200, body=recorded("smsapi/sent.json"))
    good_id = "5C6A9E1D323336B3A1D2F3E4"
    refusal = Answer(200, body=recorded("smsapi/invalid_number.json"))
    delivered = "404"
    values = ANY_JSON.map(str)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return {"MsgId": id, "status": word, "idx": reference, "to": MESSAGE.to.digits, "username": "acme"}

    def report_call(self, *events):
        return callback(method="GET", token=TOKEN, query=events[0])

    async def test_the_request_is_a_form_with_a_bearer_token(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/sms.do")
        assert request.headers["authorization"] == f"Bearer {SECRET}"
        assert parse_qs(request.body.decode()) == {
            "from": ["Acme"],
            "to": ["31612345678"],
            "message": [MESSAGE.text],
            "encoding": ["utf-8"],
            "idx": [MESSAGE.id],
            "notify_url": [f"https://otp.example.com/v1/reports/vendor/{TOKEN}"],
            "format": ["json"],
        }

    @pytest.mark.parametrize(
        ("code", "failure", "reason"),
        [
            (13, Refused, Reason.PROVIDER_ERROR),
            (14, Refused, Reason.INVALID_SENDER),
            (57, Refused, Reason.BLOCKED_DESTINATION),
            (101, Refused, Reason.AUTH),
            (103, Refused, Reason.NO_CREDIT),
            (105, Refused, Reason.CONFIG),
            (200, Unreachable, Reason.PROVIDER_ERROR),
            (201, Unsure, Reason.PROVIDER_ERROR),
            (202, Unreachable, Reason.THROTTLED),
            (8, Refused, Reason.UNKNOWN),
        ],
    )
    async def test_each_error_in_a_200_response_maps_to_a_failure(self, gateway, vendor, code, failure, reason):
        vendor.answers(Answer(200, json={"error": code, "message": "…"}))

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason, failed.word) == (failure, reason, str(code))

    @pytest.mark.parametrize("kind", ["query", "form"])
    async def test_several_reports_in_one_call_are_read(self, reader, kind):
        fields = {"MsgId": "1,2,3", "status": "403,404,405", "idx": "ms_a,ms_b,ms_c", "to": "311,312,313"}
        call = callback(method="GET", token=TOKEN, query=fields) if kind == "query" else form(fields)

        reports = await self.read(reader, call)

        assert [(one.vendor_id, one.reference, one.recipient, one.status) for one in reports] == [
            ("1", "ms_a", "311", Status.SENT),
            ("2", "ms_b", "312", Status.DELIVERED),
            ("3", "ms_c", "313", Status.UNDELIVERED),
        ]

    @pytest.mark.parametrize(
        ("word", "status", "reason"),
        [
            ("402", Status.EXPIRED, Reason.EXPIRED),
            ("403", Status.SENT, None),
            ("405", Status.UNDELIVERED, Reason.UNKNOWN),
            ("408", Status.UNKNOWN, None),
            ("999", Status.UNKNOWN, None),
        ],
    )
    async def test_each_vendor_status_maps_to_a_status(self, reader, word, status, reason):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

        assert (report.status, report.reason, report.word) == (status, reason, word)

    def test_the_acknowledgement_is_ok(self, reader):
        """SMSAPI repeats a report after any other response."""
        assert reader.acknowledgement == b"OK"
