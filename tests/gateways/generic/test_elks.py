"""The 46elks profile of the generic gateway."""

from base64 import b64encode
from urllib.parse import parse_qs

import pytest

from app.domain.gateway import Refused, Unreachable
from app.domain.status import Reason, Status
from tests.gateways.generic.profile_contract import ProfileContract, form, recorded
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, SECRET, TOKEN
from tests.support.report_contract import ANY_JSON, UnsignedReports


class TestElks(UnsignedReports, ProfileContract):
    """The gateway contract and unsigned reports, for 46elks."""

    profile = "46elks"
    given = f"USER=u1 PASSWORD={SECRET} SENDER=Acme REPORT_TOKEN={TOKEN}"
    path = "/a1/sms"
    good_answer = Answer(200, body=recorded("46elks/sent.json"))
    good_id = "s70df59406a1b4643b96f3f91e0bfb7b0"
    refusal = Answer(400, body=b"Invalid to number")
    account = None  # its profile has no balance
    recipient = ""
    values = ANY_JSON.map(str)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return {"id": id, "status": word, "delivered": "2026-11-22T12:00:04.000000", "_": reference}

    def report_call(self, *events):
        fields = dict(events[0])
        return form(fields, query={"message": fields.pop("_")})

    async def test_the_request_is_a_form_with_basic_authentication(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/a1/sms")
        assert request.headers["authorization"] == f"Basic {b64encode(f'u1:{SECRET}'.encode()).decode()}"
        assert parse_qs(request.body.decode()) == {
            "from": ["Acme"],
            "to": ["+31612345678"],
            "message": [MESSAGE.text],
            "dontlog": ["message"],
            "whendelivered": [f"https://otp.example.com/v1/reports/vendor/{TOKEN}?message={MESSAGE.id}"],
        }

    @pytest.mark.parametrize(
        ("status", "failure", "reason"),
        [
            (400, Refused, Reason.UNKNOWN),
            (401, Refused, Reason.AUTH),
            (403, Refused, Reason.NO_CREDIT),
            (429, Unreachable, Reason.THROTTLED),
        ],
    )
    async def test_each_http_status_maps_to_a_failure_and_a_reason(self, gateway, vendor, status, failure, reason):
        vendor.answers(Answer(status, body=b"A sentence."))

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason, failed.word.removeprefix("HTTP ")) == (failure, reason, str(status))

    @pytest.mark.parametrize(
        ("word", "status", "reason"), [("sent", Status.SENT, None), ("failed", Status.FAILED, Reason.UNKNOWN)]
    )
    async def test_each_vendor_status_maps_to_a_status(self, reader, word, status, reason):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

        assert (report.status, report.reason, report.word) == (status, reason, word)
