"""The Twilio gateway: requests, errors and the contracts."""

import re
from base64 import b64decode
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import strategies as st

from app.domain.gateway import Refused, Unreachable
from app.domain.status import Reason
from app.gateways import GATEWAYS
from app.gateways.twilio import REASON, Twilio
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, REPORT_URL, SECRET, GatewayContract, make_gateway_client
from tests.support.report_contract import NOW, SignedReports
from tests.support.twilio import ACCOUNT, SETTINGS, form_of, recorded, signed, status_callback


def credentials_of(request) -> str:
    return b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()


class TestTwilio(SignedReports, GatewayContract):
    """The gateway contract and signed reports, for Twilio."""

    good_answer = Answer(201, body=recorded("sent.json"))
    good_id = "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    refusal = Answer(400, body=recorded("refused_number.json"))
    unlisted_error = Answer(200, json={"code": 19999})
    price_at = None  # the price is null until the SMS is billed
    sender_has_plus = True
    account = Answer(200, body=recorded("balance.json"))
    account_summary = "12.34 USD"
    signature_headers = ("x-twilio-signature",)
    max_age = None  # the signature covers no time
    signs_url = True
    values = st.text()

    def build(self, url, client):
        return Twilio(Twilio.Settings(**SETTINGS, url=url), client)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        fields = {"MessageSid": id, "SmsSid": id, "MessageStatus": word, "SmsStatus": word, "To": MESSAGE.to.e164}
        return {**fields, "From": "Acme", "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "reference": reference}

    def report_call(self, *events):
        (event,) = events
        fields = {name: value for name, value in event.items() if name != "reference"}
        return status_callback(urlencode(fields).encode(), message=event["reference"])

    def sign(self, call, *, secret=SECRET, at=NOW):
        return signed(call, secret=secret)

    async def test_the_request_is_a_form_with_basic_authentication(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        assert credentials_of(request) == f"{ACCOUNT}:{SECRET}"
        assert form_of(request) == {
            "To": "+31612345678",
            "From": "Acme",
            "Body": MESSAGE.text,
            "ValidityPeriod": "300",
            "StatusCallback": f"{REPORT_URL}?message={MESSAGE.id}",
        }

    async def test_check_requests_the_balance(self, gateway, vendor):
        vendor.answers(self.account)
        await gateway.check()

        (request,) = vendor.requests
        assert (request.method, request.target) == ("GET", f"/2010-04-01/Accounts/{ACCOUNT}/Balance.json")
        assert credentials_of(request) == f"{ACCOUNT}:{SECRET}"

    async def test_a_refused_balance_has_a_reason(self, gateway, vendor):
        """Subaccounts have no balance."""
        vendor.answers(Answer(404, json={"code": 20404, "message": "not found"}))

        with pytest.raises(Refused) as refused:
            await gateway.check()

        assert (refused.value.reason, refused.value.word) == (Reason.CONFIG, "20404")

    @pytest.mark.parametrize(("valid_for", "period"), [(600, "600"), (1, "1"), (0, "1"), (259_200, "36000")])
    async def test_the_validity_period_is_the_remaining_lifetime_within_twilios_bounds(
        self, gateway, vendor, valid_for, period
    ):
        await gateway.send(replace(MESSAGE, valid_for=valid_for))

        assert form_of(vendor.requests[0])["ValidityPeriod"] == period

    async def test_the_messages_sender_overrides_the_accounts(self, gateway, vendor):
        await gateway.send(replace(MESSAGE, sender="Bank"))

        assert form_of(vendor.requests[0])["From"] == "Bank"

    @pytest.mark.parametrize(
        ("count", "segments"), [("1", 1), ("3", 3), (2, 2), ("0", None), (None, None), ("1e9", None)]
    )
    async def test_segments_are_read_from_the_response(self, gateway, vendor, count, segments):
        vendor.answers(Answer(201, json={"sid": "SM1", "num_segments": count}))

        assert (await gateway.send(MESSAGE)).segments == segments

    @pytest.mark.parametrize("status", [200, 400, 401, 404, 500, 503])
    @pytest.mark.parametrize("code", [21211, "21211"])
    async def test_the_error_code_overrides_the_http_status(self, gateway, vendor, status, code):
        vendor.answers(Answer(status, json={"code": code, "message": "…"}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (Reason.INVALID_NUMBER, "21211")

    @pytest.mark.parametrize(
        ("status", "code", "reason"),
        [
            (401, 20003, Reason.AUTH),
            (404, 20404, Reason.CONFIG),
            (400, 21212, Reason.INVALID_SENDER),
            (400, 21606, Reason.INVALID_SENDER),
            (400, 21610, Reason.OPTED_OUT),
            (400, 21614, Reason.INVALID_NUMBER),
            (400, 21635, Reason.INVALID_NUMBER),
            (400, 21265, Reason.INVALID_NUMBER),
            (400, 21657, Reason.INVALID_SENDER),
            (400, 21267, Reason.INVALID_SENDER),
            (400, 21999, Reason.UNKNOWN),
            (400, 21617, Reason.CONTENT_REJECTED),
            (400, 21701, Reason.CONFIG),
            (400, 30029, Reason.CONFIG),
            (400, 99999, Reason.UNKNOWN),
        ],
    )
    async def test_each_error_maps_to_a_reason(self, gateway, vendor, status, code, reason):
        vendor.answers(Answer(status, json={"code": code, "message": "…", "status": status}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (reason, str(code))

    @pytest.mark.parametrize(
        ("status", "code", "reason", "word"),
        [
            ("failed", 21635, Reason.INVALID_NUMBER, "21635"),
            ("failed", 30042, Reason.INVALID_SENDER, "30042"),
            ("failed", None, Reason.UNKNOWN, "other"),
            ("canceled", None, Reason.UNKNOWN, "other"),
        ],
    )
    async def test_a_message_that_is_created_as_failed_is_refused(self, gateway, vendor, status, code, reason, word):
        vendor.answers(Answer(201, json={"sid": "SM1", "status": status, "error_code": code}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (reason, word)

    @pytest.mark.parametrize("code", [21408, 21608, 21612])
    async def test_a_disabled_country_stops_neither_the_send_nor_the_gateway(self, gateway, vendor, code):
        """Otherwise one request for a number in such a country would stop the gateway for all users."""
        vendor.answers(Answer(400, json={"code": code}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert not refused.value.reason.concerns_number
        assert refused.value.reason not in {Reason.AUTH, Reason.CONFIG, Reason.NO_CREDIT}

    @pytest.mark.parametrize(("status", "code"), [(429, 20429), (429, 21611), (400, 21611), (400, 14107)])
    async def test_throttling_codes_raise_unreachable(self, gateway, vendor, status, code):
        vendor.answers(Answer(status, json={"code": code}, headers={"retry-after": "7"}))

        with pytest.raises(Unreachable) as unreachable:
            await gateway.send(MESSAGE)

        assert (unreachable.value.reason, unreachable.value.word) == (Reason.THROTTLED, str(code))
        assert unreachable.value.after == 7

    async def test_the_documented_throttling_response_raises_unreachable(self, gateway, vendor):
        vendor.answers(Answer(429, body=recorded("throttled.json")))

        with pytest.raises(Unreachable):
            await gateway.send(MESSAGE)

    @pytest.mark.parametrize("code", ["carrier pigeon", "1234567", None, 1.5, True, {"a": 1}])
    async def test_an_invalid_code_is_dropped(self, gateway, vendor, code):
        vendor.answers(Answer(400, json={"code": code}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert refused.value.word == "HTTP 400"


def test_no_error_code_has_two_reasons():
    codes = list(REASON)

    assert len(codes) == len(set(codes))
    assert all(re.fullmatch("[0-9]{5}", code) for code in codes)


def test_the_registry_builds_the_gateway_from_text_settings():
    gateway, pace = GATEWAYS["twilio"]({**SETTINGS, "redact": "true", "rate": "10"}, make_gateway_client())

    assert (gateway.name, gateway.acknowledgement, gateway.repeats_safely) == ("vendor", b"", False)
    assert pace.rate == 10
    assert Twilio.Settings(**SETTINGS).url == "https://api.twilio.com"
