"""The seven.io profile of the generic gateway."""

import json
from urllib.parse import parse_qs

import pytest

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.status import Reason, Status
from tests.gateways.generic.profile_contract import ProfileContract, recorded
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, SECRET, TOKEN
from tests.support.report_contract import UnsignedReports, callback


class TestSeven(UnsignedReports, ProfileContract):
    """The gateway contract and unsigned reports, for seven.io."""

    profile = "seven"
    given = f"SECRET={SECRET} SENDER=Acme REPORT_TOKEN={TOKEN}"
    path = "/api/sms"
    balance_path = "/api/balance"
    account = Answer(200, json={"amount": 593.994, "currency": "EUR"})
    account_summary = "593.994"
    good_answer = Answer(200, body=recorded("seven/sent.json"))
    good_id = "77229135982"
    refusal = Answer(200, body=b"900")
    delivered = "DELIVERED"
    recipient = ""

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return {"webhook_event": "dlr", "data": {"msg_id": id, "status": word, "foreign_id": reference}}

    def report_call(self, *events):
        return callback(json.dumps(events[0]).encode(), token=TOKEN)

    async def test_the_request_is_a_form_with_an_api_key(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/api/sms")
        assert request.headers["x-api-key"] == SECRET
        assert parse_qs(request.body.decode()) == {
            "from": ["Acme"],
            "to": ["31612345678"],
            "text": [MESSAGE.text],
            "foreign_id": [MESSAGE.id],
            "ttl": ["5"],
            "json": ["1"],
        }

    @pytest.mark.parametrize(
        ("code", "failure", "reason"),
        [
            ("11", Unreachable, Reason.PROVIDER_ERROR),
            ("201", Refused, Reason.INVALID_SENDER),
            ("202", Refused, Reason.INVALID_NUMBER),
            ("402", Refused, Reason.DUPLICATE),
            ("403", Refused, Reason.PROVIDER_ERROR),
            ("500", Refused, Reason.NO_CREDIT),
            ("600", Unsure, Reason.PROVIDER_ERROR),
            ("900", Refused, Reason.AUTH),
            ("903", Refused, Reason.CONFIG),
            ("999", Refused, Reason.UNKNOWN),
        ],
    )
    async def test_each_error_in_a_200_response_maps_to_a_failure(self, gateway, vendor, code, failure, reason):
        vendor.answers(Answer(200, json={"success": code, "messages": []}))

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason, failed.word) == (failure, reason, code)

    async def test_an_error_code_as_the_whole_body_is_read(self, gateway, vendor):
        vendor.answers(Answer(200, body=b"900"))

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason, failed.word) == (Refused, Reason.AUTH, "900")

    async def test_a_balance_as_the_whole_body_is_read(self, gateway, vendor):
        vendor.answers(Answer(200, body=b"593.994\n"))

        assert await gateway.check() == "593.994"

    async def test_a_recorded_report_is_read(self, reader):
        (report,) = await self.read(reader, callback(recorded("seven/report_delivered.json"), token=TOKEN))

        assert (report.vendor_id, report.reference, report.status) == (self.good_id, MESSAGE.id, Status.DELIVERED)

    @pytest.mark.parametrize(
        ("word", "status", "reason"),
        [
            ("ACCEPTED", Status.QUEUED, None),
            ("TRANSMITTED", Status.SENT, None),
            ("BUFFERED", Status.BUFFERED, None),
            ("NOTDELIVERED", Status.UNDELIVERED, Reason.UNKNOWN),
            ("EXPIRED", Status.EXPIRED, Reason.EXPIRED),
            ("REJECTED", Status.FAILED, Reason.UNKNOWN),
        ],
    )
    async def test_each_vendor_status_maps_to_a_status(self, reader, word, status, reason):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

        assert (report.status, report.reason, report.word) == (status, reason, word)
