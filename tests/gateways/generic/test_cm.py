"""The CM.com profile of the generic gateway."""

import json

import pytest

from app.domain.gateway import Refused, Unsure
from app.domain.status import Reason, Status
from tests.gateways.generic.profile_contract import ProfileContract, recorded
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, SECRET, TOKEN
from tests.support.report_contract import UnsignedReports, callback


class TestCm(UnsignedReports, ProfileContract):
    """The gateway contract and unsigned reports, for CM.com."""

    profile = "cm"
    given = f"SECRET={SECRET} SENDER=Acme REPORT_TOKEN={TOKEN}"
    path = "/v1.0/message"
    good_answer = Answer(200, body=recorded("cm/accepted.json"))
    good_id = MESSAGE.id
    refusal = Answer(400, body=recorded("cm/rejected.json"))
    account = None  # its profile has no balance
    delivered = "2"
    recipient = ""

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        status = {"code": word, "errorCode": "", "errorDescription": ""}
        return {"to": f"00{MESSAGE.to.digits}", "reference": reference or id, "status": status}

    def report_call(self, *events):
        return callback(json.dumps({"messages": {"msg": events[0]}}).encode(), token=TOKEN)

    async def test_a_delivered_report_is_read(self, reader):
        """CM.com assigns no id, so our id is used for both."""
        call = callback(recorded("cm/report_delivered.json"), token=TOKEN)

        (report,) = await self.read(reader, call)

        assert (report.vendor_id, report.reference, report.status) == (MESSAGE.id, MESSAGE.id, Status.DELIVERED)

    async def test_a_report_without_our_reference_has_the_vendors_id(self, reader):
        """CM.com has no such report."""

    async def test_the_request_has_exactly_the_documented_fields(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/v1.0/message")
        assert request.json() == {
            "messages": {
                "authentication": {"producttoken": SECRET},
                "msg": [
                    {
                        "allowedChannels": ["SMS"],
                        "from": "Acme",
                        "to": [{"number": "0031612345678"}],
                        "body": {"type": "auto", "content": MESSAGE.text},
                        "reference": MESSAGE.id,
                        "minimumNumberOfMessageParts": 1,
                        "maximumNumberOfMessageParts": 8,
                    }
                ],
            }
        }

    async def test_a_wrong_product_token_maps_to_auth(self, gateway, vendor):
        vendor.answers(Answer(400, body=recorded("cm/unauthorized.json")))

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason, failed.word) == (Refused, Reason.AUTH, "101")

    @pytest.mark.parametrize("status", [200, 400])
    @pytest.mark.parametrize(
        ("code", "failure", "reason"),
        [
            (301, Refused, Reason.INVALID_SENDER),
            (303, Refused, Reason.INVALID_NUMBER),
            (304, Refused, Reason.CONTENT_REJECTED),
            (402, Refused, Reason.BLOCKED_DESTINATION),
            (305, Refused, Reason.UNKNOWN),
            (500, Unsure, Reason.PROVIDER_ERROR),
        ],
    )
    async def test_each_error_of_an_sms_maps_to_a_failure(self, gateway, vendor, status, code, failure, reason):
        body = json.loads(recorded("cm/rejected.json"))
        body["messages"][0]["messageErrorCode"] = code
        vendor.answers(Answer(status, json=body))

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason, failed.word) == (failure, reason, str(code))

    @pytest.mark.parametrize("word", ["0", "1", "3"])
    async def test_each_vendor_status_maps_to_a_status(self, reader, word):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

        assert report.status is (Status.SENT if word == "0" else Status.FAILED)
