"""The jasmin profile of the generic gateway."""

from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from app.domain.gateway import Refused, Unreachable
from app.domain.status import Reason, Status
from tests.gateways.generic.profile_contract import ProfileContract, form
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, SECRET, TOKEN
from tests.support.report_contract import ANY_JSON, UnsignedReports


class TestJasmin(UnsignedReports, ProfileContract):
    """The gateway contract and unsigned reports, for jasmin."""

    profile = "jasmin"
    given = f"USER=acme PASSWORD={SECRET} SENDER=Acme REPORT_TOKEN={TOKEN}"
    path = "/send"
    balance_path = "/balance"
    account = Answer(200, json={"balance": 10.23, "sms_count": "ND"})
    account_summary = "10.23"
    good_answer = Answer(200, body=b'Success "07033084-5cfd-4812-90a4-e4d24ffb6e3d"')
    good_id = "07033084-5cfd-4812-90a4-e4d24ffb6e3d"
    refusal = Answer(412, body=b'Error "No route found"')
    delivered = "DELIVRD"
    recipient = ""
    values = ANY_JSON.map(str)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return {"id": id, "message_status": word, "level": "2", "text": MESSAGE.text[:20], "_": reference}

    def report_call(self, *events):
        fields = dict(events[0])
        return form(fields, query={"message": fields.pop("_")})

    async def test_the_request_has_exactly_the_documented_fields(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/send")
        assert parse_qs(request.body.decode()) == {
            "username": ["acme"],
            "password": [SECRET],
            "from": ["Acme"],
            "to": ["31612345678"],
            "content": [MESSAGE.text],
            "coding": ["0"],
            "validity-period": ["5"],
            "dlr": ["yes"],
            "dlr-level": ["3"],
            "dlr-method": ["POST"],
            "dlr-url": [f"https://otp.example.com/v1/reports/vendor/{TOKEN}?message={MESSAGE.id}"],
        }

    async def test_a_text_outside_gsm_7_is_sent_as_hex(self, gateway, vendor):
        """Jasmin rejects `content` and `hex-content` together."""
        await gateway.send(replace(MESSAGE, text="код 482913"))

        sent = parse_qs(vendor.requests[0].body.decode())
        assert "content" not in sent
        assert bytes.fromhex(sent["hex-content"][0]).decode("utf-16-be") == "код 482913"
        assert sent["coding"] == ["8"]

    async def test_check_sends_user_and_password(self, gateway, vendor):
        vendor.answers(Answer(200, json={"balance": "ND", "sms_count": "ND"}))

        assert await gateway.check() == "ND"
        assert vendor.requests[0].query == {"username": ["acme"], "password": [SECRET]}

    @pytest.mark.parametrize(
        ("status", "text", "failure", "reason"),
        [
            (403, "Authentication failure for username:acme", Refused, Reason.AUTH),
            (403, "Cannot charge submit_sm, check RouterPB log file for details", Refused, Reason.NO_CREDIT),
            (403, "User throughput exceeded", Unreachable, Reason.THROTTLED),
            (412, "No route found", Refused, Reason.PROVIDER_ERROR),
            (412, "Failover route has no bound connectors", Unreachable, Reason.PROVIDER_ERROR),
            (400, "Mandatory argument [to] is not found.", Refused, Reason.UNKNOWN),
        ],
    )
    async def test_each_error_maps_to_a_failure_and_a_reason(self, gateway, vendor, status, text, failure, reason):
        vendor.answers(Answer(status, body=f'Error "{text}"'.encode()))

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason) == (failure, reason)
        assert "acme" not in failed.word

    @pytest.mark.parametrize(
        ("word", "status", "reason"),
        [
            ("ESME_ROK", Status.SENT, None),
            ("ENROUTE", Status.SENT, None),
            ("EXPIRED", Status.EXPIRED, Reason.EXPIRED),
            ("UNDELIV", Status.UNDELIVERED, Reason.UNKNOWN),
            ("REJECTD", Status.FAILED, Reason.UNKNOWN),
            ("ESME_RINVDSTADR", Status.FAILED, Reason.INVALID_NUMBER),
            ("ESME_RINVSRCADR", Status.FAILED, Reason.INVALID_SENDER),
            ("UNKNOWN", Status.UNKNOWN, None),
        ],
    )
    async def test_each_vendor_status_maps_to_a_status(self, reader, word, status, reason):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

        assert (report.status, report.reason, report.word) == (status, reason, word)

    def test_the_acknowledgement_is_ack_jasmin(self, reader):
        """Jasmin repeats a report after any other response."""
        assert reader.acknowledgement == b"ACK/Jasmin"
