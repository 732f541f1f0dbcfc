"""The Vonage gateway: requests, errors and the contracts."""

from base64 import b64decode
from dataclasses import replace

import pytest

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.status import Reason
from app.gateways import GATEWAYS
from app.gateways.vonage import Vonage
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, REPORT_URL, GatewayContract, make_gateway_client
from tests.support.report_contract import SignedReports
from tests.support.vonage import SETTINGS, ByForm, form_of, recorded


def refused_with(status: object, text: str = "…") -> dict[str, object]:
    return {"message-count": "1", "messages": [{"status": status, "error-text": text}]}


class TestVonage(ByForm, SignedReports, GatewayContract):
    """The gateway contract and signed reports, for Vonage."""

    good_answer = Answer(200, body=recorded("sent.json"))
    good_id = "3295d748-4e14-4681-af78-166dca3c5aab"
    refusal = Answer(200, body=recorded("refused.json"))
    unlisted_error = Answer(200, json={"messages": [{"status": "4711"}]})
    price_at = "message-price"
    sender_has_plus = False
    account = Answer(200, body=recorded("balance.json"))
    account_summary = "29.18202293 EUR"

    async def test_the_request_is_a_form_with_basic_authentication(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/sms/json")
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        credentials = b64decode(request.headers["authorization"].removeprefix("Basic "))
        assert credentials.decode() == f"{SETTINGS['api_key']}:{SETTINGS['api_secret']}"
        assert form_of(request) == {
            "from": "Acme",
            "to": "31612345678",
            "text": MESSAGE.text,
            "type": "text",
            "ttl": "300000",
            "client-ref": MESSAGE.id,
            "callback": REPORT_URL,
        }

    async def test_check_requests_the_balance(self, gateway, vendor):
        vendor.answers(self.account)
        await gateway.check()

        (request,) = vendor.requests
        assert (request.method, request.target) == ("GET", "/account/get-balance")

    @pytest.mark.parametrize(
        ("text", "kind"),
        [("482913 è il codice di Acme [€]", "text"), ("482913 is uw code, Zoë", "unicode"), ("رمزك 482913", "unicode")],
    )
    async def test_a_text_outside_gsm_7_is_sent_as_unicode(self, gateway, vendor, text, kind):
        """Vonage would replace other letters with question marks."""
        await gateway.send(replace(MESSAGE, text=text))

        form = form_of(vendor.requests[0])
        assert (form["text"], form["type"]) == (text, kind)

    @pytest.mark.parametrize(("valid_for", "ttl"), [(600, "600000"), (20, "20000"), (19, "20000"), (0, "20000")])
    async def test_the_ttl_is_the_codes_lifetime_and_at_least_20_seconds(self, gateway, vendor, valid_for, ttl):
        await gateway.send(replace(MESSAGE, valid_for=valid_for))

        assert form_of(vendor.requests[0])["ttl"] == ttl

    @pytest.mark.parametrize(("sender", "shown"), [("Bank", "Bank"), ("+31612345678", "31612345678")])
    async def test_the_messages_sender_overrides_the_accounts(self, gateway, vendor, sender, shown):
        await gateway.send(replace(MESSAGE, sender=sender))

        assert form_of(vendor.requests[0])["from"] == shown

    async def test_indias_registered_ids_are_sent(self, gateway, vendor):
        await gateway.send(replace(MESSAGE, entity_id="1101456324675322134", template_id="1107457532145798767"))

        form = form_of(vendor.requests[0])
        assert (form["entity-id"], form["content-id"]) == ("1101456324675322134", "1107457532145798767")

    async def test_a_message_of_two_segments_has_the_first_id_and_the_total_price(self, gateway, vendor):
        vendor.answers(Answer(200, body=recorded("sent_in_two.json")))

        accepted = await gateway.send(MESSAGE)

        assert (accepted.id, accepted.segments, accepted.price) == ("0A0000000123ABCD1", 2, "0.06660000 EUR")

    @pytest.mark.parametrize(
        ("last_price", "price"),
        [
            ("0.0333", "0.0666 EUR"),
            (1, "1.0333 EUR"),
            (0.5, "0.5333 EUR"),
            *((odd, None) for odd in (None, "", "free", "-1", "1e5", {"EUR": 1})),
        ],
    )
    async def test_the_price_is_known_if_every_segment_has_one(self, gateway, vendor, last_price, price):
        parts = [
            {"status": "0", "message-id": "v", "message-price": segment_price}
            for segment_price in ("0.0333", last_price)
        ]
        vendor.answers(Answer(200, json={"messages": parts}))

        assert (await gateway.send(MESSAGE)).price == price

    @pytest.mark.parametrize("status", [200, 400, 500])
    @pytest.mark.parametrize("code", ["4", 4])
    async def test_an_error_may_be_a_string_or_an_integer(self, gateway, vendor, status, code):
        vendor.answers(Answer(status, json=refused_with(code)))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (Reason.AUTH, "4")

    @pytest.mark.parametrize(
        ("statuses", "reason"),
        [
            ("2 11 22 23 32", Reason.CONFIG),
            ("3 4711", Reason.UNKNOWN),
            ("4 8 14", Reason.AUTH),
            ("6 29", Reason.PROVIDER_ERROR),
            ("7", Reason.BLOCKED_DESTINATION),
            ("9", Reason.NO_CREDIT),
            ("12", Reason.CONTENT_REJECTED),
            ("15", Reason.INVALID_SENDER),
            ("33", Reason.UNREACHABLE_PERMANENT),
        ],
    )
    async def test_each_error_maps_to_a_reason(self, gateway, vendor, statuses, reason):
        for status in statuses.split():
            vendor.answers(Answer(200, json=refused_with(status)))

            with pytest.raises(Refused) as refused:
                await gateway.send(MESSAGE)

            assert (refused.value.reason, refused.value.word) == (reason, status)

    @pytest.mark.parametrize("status", ["1", "10"])
    async def test_throttling_raises_unreachable(self, gateway, vendor, status):
        vendor.answers(Answer(200, json=refused_with(status), headers={"retry-after": "3"}))

        with pytest.raises(Unreachable) as unreachable:
            await gateway.send(MESSAGE)

        assert (unreachable.value.reason, unreachable.value.after) == (Reason.THROTTLED, 3)

    async def test_an_internal_error_raises_unsure(self, gateway, vendor):
        vendor.answers(Answer(200, json=refused_with("5")))

        with pytest.raises(Unsure) as unsure:
            await gateway.send(MESSAGE)

        assert (unsure.value.reason, unsure.value.word) == (Reason.PROVIDER_ERROR, "5")

    async def test_a_partly_accepted_message_raises_unsure(self, gateway, vendor):
        """The phone waits for the missing segment, or shows an incomplete text."""
        vendor.answers(Answer(200, body=recorded("refused_in_part.json")))

        with pytest.raises(Unsure) as unsure:
            await gateway.send(MESSAGE)

        assert (unsure.value.reason, unsure.value.word) == (Reason.NO_CREDIT, "9")

    @pytest.mark.parametrize(
        "messages",
        [
            [],
            None,
            [None, 1, []],
            [{}],
            [{"status": "0", "message-id": None}],
            [{"message-id": "v-1"}],
            [{"status": None, "message-id": "v-1"}],
        ],
        ids=str,
    )
    async def test_a_response_without_success_and_an_id_raises_unsure(self, gateway, vendor, messages):
        vendor.answers(Answer(200, json={"message-count": "1", "messages": messages}))

        with pytest.raises(Unsure):
            await gateway.send(MESSAGE)

    async def test_a_status_that_is_not_a_code_is_dropped(self, gateway, vendor):
        """It might quote the request."""
        vendor.answers(Answer(200, json=refused_with(MESSAGE.text)))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert refused.value.word == ""


def test_the_registry_builds_the_gateway_from_text_settings():
    gateway, pace = GATEWAYS["vonage"]({**SETTINGS, "rate": "30"}, make_gateway_client())

    assert (gateway.name, gateway.acknowledgement, gateway.repeats_safely) == ("vendor", b"OK", False)
    assert pace.rate == 30
    own = Vonage.Settings(**SETTINGS)
    assert (own.url, own.signature_method) == ("https://rest.nexmo.com", "sha256")
