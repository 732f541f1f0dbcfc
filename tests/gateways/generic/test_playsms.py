"""The playSMS profile of the generic gateway."""

from dataclasses import replace

import pytest

from app.domain.gateway import Refused
from app.domain.status import Reason
from tests.gateways.generic.profile_contract import ProfileContract, recorded
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, SECRET, TOKEN


class TestPlaysms(ProfileContract):
    """The gateway contract for playSMS, which sends no reports."""

    profile = "playsms"
    given = f"USER=acme SECRET={SECRET} SENDER=Acme"
    path = "/index.php"
    balance_path = "/index.php"
    account = Answer(200, json={"status": "OK", "error": "0", "credit": "1200.5"})
    account_summary = "1200.5"
    takes_our_id = False
    good_answer = Answer(200, body=recorded("playsms/sent.json"))
    good_id = "afb5f34575e30ec4efe4471cf5d1bee4"
    refusal = Answer(200, body=recorded("playsms/refused.json"))

    async def test_the_request_is_a_get_with_every_value_in_the_query(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.path) == ("GET", "/index.php")
        assert request.query == {
            "app": ["ws"],
            "op": ["pv"],
            "u": ["acme"],
            "h": [SECRET],
            "from": ["Acme"],
            "to": ["+31612345678"],
            "msg": [MESSAGE.text],
            "unicode": ["0"],
            "nofooter": ["1"],
            "format": ["json"],
        }

    async def test_a_text_outside_gsm_7_sets_the_unicode_flag(self, gateway, vendor):
        await gateway.send(replace(MESSAGE, text="код 482913"))

        assert vendor.requests[0].query["unicode"] == ["1"]

    @pytest.mark.parametrize("shape", ["alone", "in a list"])
    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("100", Reason.AUTH),
            ("103", Reason.NO_CREDIT),
            ("106", Reason.CONFIG),
            ("200", Reason.PROVIDER_ERROR),
            ("201", Reason.CONTENT_REJECTED),
            ("299", Reason.UNKNOWN),
        ],
    )
    async def test_each_error_maps_to_a_failure_and_a_reason(self, gateway, vendor, code, reason, shape):
        error = {"status": "ERR", "error": code, "smslog_id": "", "queue": ""}
        vendor.answers(Answer(200, json=error if shape == "alone" else {"data": [error]}))

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason, failed.word) == (Refused, reason, code)

    @pytest.mark.parametrize("token", ["", "x", TOKEN])
    def test_no_report_token_is_accepted(self, reader, token):
        assert not reader.accepts_token(token)
