"""The Bandwidth profile of the generic gateway."""

import json
from datetime import datetime, timedelta

import pytest

from app.domain.gateway import Refused, Unreachable
from app.domain.status import Reason, Status
from tests.gateways.generic.profile_contract import ProfileContract, recorded
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, SECRET, TOKEN
from tests.support.report_contract import Batches, UnsignedReports, callback

APPLICATION = "93de2206-9669-4e07-948d-329f4b722ee2"


class TestBandwidth(Batches, UnsignedReports, ProfileContract):
    """The gateway contract and unsigned reports, for Bandwidth."""

    profile = "bandwidth"
    given = f"USER=acme PASSWORD={SECRET} ACCOUNT={APPLICATION} SENDER=+15552221111 REPORT_TOKEN={TOKEN}"
    path = "/api/v2/users/9900000/messages"
    good_answer = Answer(202, body=recorded("bandwidth/accepted.json"))
    good_id = "1589228074636lm4k2je7j7jklbn2"
    refusal = Answer(401, json={"type": "unauthorized", "description": "Authentication Failed"})
    account = None  # its profile has no balance
    delivered = "message-delivered"

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        message = {"id": id, "to": [MESSAGE.to.e164], "text": "", "direction": "out", "tag": reference}
        return {"type": word, "to": MESSAGE.to.e164, "description": "ok", "message": message}

    async def test_the_request_has_exactly_the_documented_fields(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/api/v2/users/9900000/messages")
        assert request.headers["authorization"].startswith("Basic ")
        sent = request.json()
        expiration = datetime.fromisoformat(sent.pop("expiration"))
        assert timedelta(0) < expiration - datetime.now(expiration.tzinfo) <= timedelta(seconds=MESSAGE.valid_for)
        assert sent == {
            "applicationId": APPLICATION,
            "from": "+15552221111",
            "to": ["+31612345678"],
            "text": MESSAGE.text,
            "tag": MESSAGE.id,
        }

    @pytest.mark.parametrize(
        ("answer", "failure", "reason"),
        [
            (Answer(400, json={"type": "request-validation", "description": "…"}), Refused, Reason.UNKNOWN),
            (Answer(403, json={"type": "forbidden", "description": "Access Denied"}), Refused, Reason.AUTH),
            (Answer(404, json={"status": 404, "error": "Not Found"}), Refused, Reason.CONFIG),
            (Answer(429, json={"type": "max-message-queue-size-exceeded"}), Unreachable, Reason.THROTTLED),
        ],
    )
    async def test_each_documented_error_maps_to_a_failure(self, gateway, vendor, answer, failure, reason):
        vendor.answers(answer)

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason) == (failure, reason)

    async def test_the_documented_reports_are_read(self, reader):
        delivered, failed = [
            await self.read(reader, callback(recorded(f"bandwidth/{name}.json"), token=TOKEN))
            for name in ("delivered", "failed")
        ]

        assert [(one.vendor_id, one.reference, one.status, one.reason) for one in delivered + failed] == [
            (self.good_id, MESSAGE.id, Status.DELIVERED, None),
            (self.good_id, MESSAGE.id, Status.FAILED, Reason.PROVIDER_ERROR),
        ]

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            (4720, Reason.INVALID_NUMBER),
            (4702, Reason.UNREACHABLE_TEMPORARY),
            (4721, Reason.UNREACHABLE_PERMANENT),
            (4775, Reason.OPTED_OUT),
            (4770, Reason.CONTENT_REJECTED),
            (4773, Reason.INVALID_SENDER),
            (4360, Reason.EXPIRED),
            (9902, Reason.UNKNOWN),
        ],
    )
    async def test_each_error_code_maps_to_a_reason(self, reader, code, reason):
        event = self.event("message-failed") | {"errorCode": code}

        (report,) = await self.read(reader, callback(json.dumps([event]).encode(), token=TOKEN))

        assert report.reason is reason
