"""The ClickSend profile of the generic gateway."""

import json

import pytest

from app.domain.gateway import Refused, Unsure
from app.domain.status import Reason, Status
from tests.gateways.generic.profile_contract import ProfileContract, form, recorded
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, SECRET, TOKEN
from tests.support.report_contract import ANY_JSON, UnsignedReports, callback


class TestClicksend(UnsignedReports, ProfileContract):
    """The gateway contract and unsigned reports, for ClickSend."""

    profile = "clicksend"
    given = f"USER=acme PASSWORD={SECRET} SENDER=Acme REPORT_TOKEN={TOKEN}"
    path = "/v3/sms/send"
    balance_path = "/v3/account"
    account = Answer(200, json={"http_code": 200, "response_code": "SUCCESS", "data": {"balance": "10.51"}})
    account_summary = "10.51"
    good_answer = Answer(200, body=recorded("clicksend/sent.json"))
    good_id = "BF7AD270-0DE2-418B-B606-71D527D9C1AE"
    refusal = Answer(401, body=recorded("clicksend/refused.json"))
    delivered = "201"
    recipient = ""
    values = ANY_JSON.map(str)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return {"message_id": id, "status_code": word, "status_text": "…", "custom_string": reference}

    def report_call(self, *events):
        return form(events[0])

    async def test_the_request_is_json_with_basic_authentication(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/v3/sms/send")
        assert request.headers["authorization"].startswith("Basic ")
        assert request.json() == {
            "messages": [
                {"from": "Acme", "to": "+31612345678", "body": MESSAGE.text, "custom_string": MESSAGE.id},
            ]
        }

    @pytest.mark.parametrize(
        ("code", "failure", "reason"),
        [
            ("INVALID_RECIPIENT", Refused, Reason.INVALID_NUMBER),
            ("INVALID_SENDER_ID", Refused, Reason.INVALID_SENDER),
            ("INSUFFICIENT_CREDIT", Refused, Reason.NO_CREDIT),
            ("COUNTRY_NOT_ENABLED", Refused, Reason.PROVIDER_ERROR),
            ("THROTTLED", Refused, Reason.DUPLICATE),
            ("SOMETHING_NEW", Refused, Reason.UNKNOWN),
            ("SOMETHING_IS_WRONG", Unsure, Reason.PROVIDER_ERROR),
        ],
    )
    async def test_each_error_in_a_200_response_maps_to_a_failure(self, gateway, vendor, code, failure, reason):
        body = json.loads(recorded("clicksend/sent.json"))
        body["data"]["messages"][0]["status"] = code
        vendor.answers(Answer(200, json=body))

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason, failed.word) == (failure, reason, code)

    async def test_a_wrong_key_maps_to_auth(self, gateway, vendor):
        vendor.answers(self.refusal)

        failed = await self.failure(gateway)

        assert (failed.reason, failed.word) == (Reason.AUTH, "UNAUTHORIZED")

    async def test_a_recorded_report_is_read(self, reader):
        (report,) = await self.read(reader, callback(recorded("clicksend/report_delivered.txt"), token=TOKEN))

        assert (report.vendor_id, report.reference, report.status) == (self.good_id, MESSAGE.id, Status.DELIVERED)

    @pytest.mark.parametrize(
        ("word", "status", "reason"), [("301", Status.FAILED, Reason.UNKNOWN), ("300", Status.UNKNOWN, None)]
    )
    async def test_each_vendor_status_maps_to_a_status(self, reader, word, status, reason):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

        assert (report.status, report.reason, report.word) == (status, reason, word)
