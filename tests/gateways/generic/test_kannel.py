"""The Kannel profile of the generic gateway."""

from dataclasses import replace

import pytest

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.status import Reason, Status
from tests.gateways.generic.profile_contract import ProfileContract
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, SECRET, TOKEN
from tests.support.report_contract import UnsignedReports, callback


class TestKannel(UnsignedReports, ProfileContract):
    """The gateway contract and unsigned reports, for Kannel."""

    profile = "kannel"
    given = f"USER=acme PASSWORD={SECRET} SENDER=Acme REPORT_TOKEN={TOKEN}"
    path = "/cgi-bin/sendsms"
    good_answer = Answer(202, body=b"0: Accepted for delivery")
    good_id = MESSAGE.id
    refusal = Answer(403, body=b"Authorization failed for sendsms")
    account = None  # its profile has no balance
    delivered = "1"
    recipient = ""

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return {"message": reference or id, "status": word}

    def report_call(self, *events):
        return callback(method="GET", token=TOKEN, query=events[0])

    async def test_a_delivered_report_is_read(self, reader):
        """Kannel assigns no id, so our id is used for both."""
        (report,) = await self.read(reader, self.report_call(self.event("1")))

        assert (report.vendor_id, report.reference, report.status) == (MESSAGE.id, MESSAGE.id, Status.DELIVERED)

    async def test_a_report_without_our_reference_has_the_vendors_id(self, reader):
        """Kannel has no such report."""

    async def test_the_request_is_a_get_with_every_value_in_the_query(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.path, request.body) == ("GET", "/cgi-bin/sendsms", b"")
        assert request.query == {
            "username": ["acme"],
            "password": [SECRET],
            "from": ["Acme"],
            "to": ["+31612345678"],
            "text": [MESSAGE.text],
            "charset": ["UTF-8"],
            "coding": ["0"],
            "validity": ["5"],
            "dlr-mask": ["31"],
            "dlr-url": [f"https://otp.example.com/v1/reports/vendor/{TOKEN}?message={MESSAGE.id}&status=%d"],
        }

    async def test_a_text_outside_gsm_7_sets_the_unicode_flag(self, gateway, vendor):
        await gateway.send(replace(MESSAGE, text="Ваш код: 482913"))

        (request,) = vendor.requests
        assert (request.query["text"], request.query["coding"]) == (["Ваш код: 482913"], ["2"])

    async def test_any_202_counts_as_accepted(self, gateway, vendor):
        """The body is `Sent.` if Kannel answers immediately, and `3:` if the SMS waits for the SMSC."""
        vendor.answers(Answer(202, body=b"Sent. Message splits: 2"), Answer(202, body=b"3: Queued for later delivery"))

        assert [(await gateway.send(MESSAGE)).id for _ in range(2)] == [MESSAGE.id] * 2

    @pytest.mark.parametrize(
        ("status", "body", "failure", "reason"),
        [
            (403, b"Authorization failed for sendsms", Refused, Reason.AUTH),
            (403, b"Not routable. Do not try again.", Refused, Reason.PROVIDER_ERROR),
            (400, b"Sender missing and no global set, rejected", Refused, Reason.UNKNOWN),
            (503, b"Temporal failure, try again later.", Unreachable, Reason.PROVIDER_ERROR),
            (500, b"Sending failed.", Unsure, Reason.PROVIDER_ERROR),
        ],
    )
    async def test_each_response_maps_to_a_failure_and_a_reason(self, gateway, vendor, status, body, failure, reason):
        vendor.answers(Answer(status, body=body))

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason) == (failure, reason)
        assert not failed.word or failed.word == f"HTTP {status}"

    @pytest.mark.parametrize(
        ("word", "status", "reason"),
        [
            ("2", Status.UNDELIVERED, Reason.UNKNOWN),
            ("4", Status.BUFFERED, None),
            ("8", Status.SENT, None),
            ("16", Status.FAILED, Reason.UNKNOWN),
        ],
    )
    async def test_each_vendor_status_maps_to_a_status(self, reader, word, status, reason):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

        assert (report.status, report.reason, report.word) == (status, reason, word)
