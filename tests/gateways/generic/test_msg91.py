"""The MSG91 profile of the generic gateway: it takes the code and writes the text itself."""

import json
from dataclasses import replace

import pytest

from app.domain.gateway import Refused
from app.domain.status import Reason, Status
from tests.gateways.generic.profile_contract import ProfileContract, recorded
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import CODE, MESSAGE, SECRET, TOKEN
from tests.support.report_contract import UnsignedReports, callback

TEMPLATE = "5e9fc5c6d6fc056e2e3c4d5f"


class TestMsg91(UnsignedReports, ProfileContract):
    """The gateway contract and unsigned reports, for MSG91."""

    profile = "msg91"
    given = f"SECRET={SECRET} TEMPLATE={TEMPLATE} REPORT_TOKEN={TOKEN}"
    path = "/api/v5/otp"
    sent_text = CODE
    takes_our_id = False
    sender_has_plus = None  # the sender belongs to the template
    good_answer = Answer(200, json={"request_id": "346b6c6a4135343435393130", "type": "success"})
    good_id = "346b6c6a4135343435393130"
    refusal = Answer(200, json={"message": "Template ID Missing or Invalid Template", "type": "error"})
    account = None  # its profile has no balance
    delivered = "1"
    reference = ""

    def event(self, word, *, id="v-1", reference=""):
        return {"requestId": id, "number": MESSAGE.to.digits, "status": word, "desc": "…", "senderId": "ACMEIN"}

    def report_call(self, *events):
        return callback(json.dumps(events[0]).encode(), token=TOKEN)

    async def test_the_request_has_the_code_and_never_the_text(self, gateway, vendor):
        await gateway.send(replace(MESSAGE, code="042137"))

        (request,) = vendor.requests
        assert (request.method, request.path, request.body) == ("POST", "/api/v5/otp", b"")
        assert request.headers["authkey"] == SECRET
        assert request.query == {
            "template_id": [TEMPLATE],
            "mobile": ["31612345678"],
            "otp": ["042137"],
            "otp_expiry": ["5"],
        }

    async def test_a_message_without_a_code_is_refused_unsent(self, gateway, vendor):
        with pytest.raises(Refused) as refused:
            await gateway.send(replace(MESSAGE, code=""))

        assert refused.value.reason is Reason.CONTENT_REJECTED
        assert vendor.requests == []

    async def test_an_id_in_the_field_of_earlier_answers_is_read(self, gateway, vendor):
        vendor.answers(Answer(200, json={"message": "3763646c3058373530393938", "type": "success"}))

        assert (await gateway.send(MESSAGE)).id == "3763646c3058373530393938"

    async def test_the_documented_report_is_read(self, reader):
        (report,) = await self.read(reader, callback(recorded("msg91/report_delivered.json"), token=TOKEN))

        assert (report.vendor_id, report.recipient, report.status) == (
            self.good_id,
            MESSAGE.to.digits,
            Status.DELIVERED,
        )

    @pytest.mark.parametrize(
        ("word", "reason"),
        [
            ("2", Reason.UNKNOWN),
            ("9", Reason.INVALID_SENDER),
            ("16", Reason.UNKNOWN),
            ("25", Reason.UNKNOWN),
            ("17", Reason.BLOCKED_DESTINATION),
        ],
    )
    async def test_each_documented_failure_maps_to_a_reason(self, reader, word, reason):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

        assert (report.status, report.reason) == (Status.FAILED, reason)
