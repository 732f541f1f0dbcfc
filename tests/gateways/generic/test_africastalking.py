"""The Africa's Talking profile of the generic gateway."""

import json
from urllib.parse import parse_qs

import pytest

from app.domain.gateway import Refused, Unsure
from app.domain.message import Report
from app.domain.status import Reason, Status
from tests.gateways.generic.profile_contract import ProfileContract, form, recorded
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, SECRET, TOKEN
from tests.support.report_contract import ANY_JSON, UnsignedReports, callback


class TestAfricasTalking(UnsignedReports, ProfileContract):
    """The gateway contract and unsigned reports, for Africa's Talking."""

    profile = "africastalking"
    given = f"USER=acme SECRET={SECRET} SENDER=Acme REPORT_TOKEN={TOKEN}"
    path = "/version1/messaging"
    takes_our_id = False
    good_answer = Answer(201, body=recorded("africastalking/sent.json"))
    good_id = "ATPid_SampleTxnId123"
    refusal = Answer(401, body=b"The supplied authentication is invalid")
    account = None  # its profile has no balance
    delivered = "Success"
    reference = ""
    values = ANY_JSON.map(str)

    def event(self, word, *, id="v-1", reference=""):
        return {"id": id, "status": word, "phoneNumber": MESSAGE.to.e164, "networkCode": "20408", "retryCount": "0"}

    def report_call(self, *events):
        return form(events[0])

    async def test_the_request_is_a_form_with_an_api_key(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/version1/messaging")
        assert (request.headers["apikey"], request.headers["accept"]) == (SECRET, "application/json")
        assert parse_qs(request.body.decode()) == {
            "username": ["acme"],
            "from": ["Acme"],
            "to": ["+31612345678"],
            "message": [MESSAGE.text],
            "bulkSMSMode": ["1"],
        }

    @pytest.mark.parametrize(
        ("code", "failure", "reason"),
        [
            (402, Refused, Reason.INVALID_SENDER),
            (403, Refused, Reason.INVALID_NUMBER),
            (405, Refused, Reason.NO_CREDIT),
            (406, Refused, Reason.OPTED_OUT),
            (407, Refused, Reason.PROVIDER_ERROR),
            (409, Refused, Reason.INVALID_SENDER),
            (499, Refused, Reason.UNKNOWN),
            (501, Unsure, Reason.PROVIDER_ERROR),
        ],
    )
    async def test_each_error_in_a_201_response_maps_to_a_failure(self, gateway, vendor, code, failure, reason):
        body = json.loads(recorded("africastalking/sent.json"))
        body["SMSMessageData"]["Recipients"][0]["statusCode"] = code
        vendor.answers(Answer(201, json=body))

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason, failed.word) == (failure, reason, str(code))

    async def test_a_response_without_recipients_is_a_refusal(self, gateway, vendor):
        vendor.answers(Answer(201, body=recorded("africastalking/no_recipient.json")))

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason, failed.word) == (Refused, Reason.INVALID_SENDER, "InvalidSenderId")

    async def test_a_recorded_report_is_read(self, reader):
        report_call = callback(recorded("africastalking/report_failed.txt"), token=TOKEN)

        assert await self.read(reader, report_call) == [
            Report(
                "ATPid_SampleTxnId123",
                Status.FAILED,
                "Failed",
                Reason.UNREACHABLE_PERMANENT,
                recipient="31612345678",
            )
        ]

    @pytest.mark.parametrize(
        ("word", "status", "reason"),
        [
            ("Submitted", Status.SENT, None),
            ("Buffered", Status.BUFFERED, None),
            ("Rejected", Status.FAILED, Reason.UNKNOWN),
            ("Expired", Status.EXPIRED, Reason.EXPIRED),
            ("AbsentSubscriber", Status.UNDELIVERED, Reason.UNREACHABLE_TEMPORARY),
        ],
    )
    async def test_each_vendor_status_maps_to_a_status(self, reader, word, status, reason):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

        assert (report.status, report.reason, report.word) == (status, reason, word)
