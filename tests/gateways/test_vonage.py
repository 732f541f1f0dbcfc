from base64 import b64decode
from dataclasses import replace

import pytest

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.status import Reason
from app.gateways import GATEWAYS
from app.gateways.vonage import Vonage
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, REPORT_URL, GatewayContract, make_wire
from tests.support.report_contract import SignedReports
from tests.support.vonage import SETTINGS, ByForm, form_of, recorded


def refused_with(status: object, text: str = "…") -> dict[str, object]:
    return {"message-count": "1", "messages": [{"status": status, "error-text": text}]}


class TestVonage(ByForm, SignedReports, GatewayContract):
    """Everything a gateway must do, done by Vonage."""

    good_answer = Answer(200, body=recorded("sent.json"))
    good_id = "3295d748-4e14-4681-af78-166dca3c5aab"
    refusal = Answer(200, body=recorded("refused.json"))
    account = Answer(200, body=recorded("balance.json"))
    account_said = "29.18202293 EUR"

    async def test_the_request_is_a_form_that_the_account_opens(self, gateway, vendor):
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

    async def test_the_account_is_asked_for_its_balance(self, gateway, vendor):
        vendor.answers(self.account)
        await gateway.check()

        (request,) = vendor.requests
        assert (request.method, request.target) == ("GET", "/account/get-balance")

    @pytest.mark.parametrize(
        ("text", "kind"),
        [("482913 è il codice di Acme [€]", "text"), ("482913 is uw code, Zoë", "unicode"), ("رمزك 482913", "unicode")],
    )
    async def test_a_text_that_leaves_gsm_7_is_sent_as_unicode(self, gateway, vendor, text, kind):
        """Vonage would send question marks in the place of other letters."""
        await gateway.send(replace(MESSAGE, text=text))

        form = form_of(vendor.requests[0])
        assert (form["text"], form["type"]) == (text, kind)

    @pytest.mark.parametrize(("valid_for", "ttl"), [(600, "600000"), (20, "20000"), (19, "20000"), (0, "20000")])
    async def test_it_tries_for_as_long_as_the_code_lives_and_20_seconds_at_least(
        self, gateway, vendor, valid_for, ttl
    ):
        await gateway.send(replace(MESSAGE, valid_for=valid_for))

        assert form_of(vendor.requests[0])["ttl"] == ttl

    @pytest.mark.parametrize(("sender", "shown"), [("Bank", "Bank"), ("+31612345678", "31612345678")])
    async def test_an_apps_own_sender_goes_before_the_accounts(self, gateway, vendor, sender, shown):
        await gateway.send(replace(MESSAGE, sender=sender))

        assert form_of(vendor.requests[0])["from"] == shown

    async def test_indias_registration_is_told_where_there_is_one(self, gateway, vendor):
        await gateway.send(replace(MESSAGE, entity_id="1101456324675322134", template_id="1107457532145798767"))

        form = form_of(vendor.requests[0])
        assert (form["entity-id"], form["content-id"]) == ("1101456324675322134", "1107457532145798767")

    async def test_a_long_message_has_several_ids_of_which_the_first_counts(self, gateway, vendor):
        vendor.answers(Answer(200, body=recorded("sent_in_two.json")))

        accepted = await gateway.send(MESSAGE)

        assert (accepted.id, accepted.segments, accepted.price) == ("0A0000000123ABCD1", 2, "0.06660000")

    @pytest.mark.parametrize(
        ("told", "price"),
        [
            ("0.0333", "0.0666"),
            (1, "1.0333"),
            *((odd, None) for odd in (None, "", "free", "-1", "1e5", 0.5, {"EUR": 1})),
        ],
    )
    async def test_a_price_is_told_where_each_segment_tells_its_own(self, gateway, vendor, told, price):
        parts = [{"status": "0", "message-id": "v", "message-price": one} for one in ("0.0333", told)]
        vendor.answers(Answer(200, json={"messages": parts}))

        assert (await gateway.send(MESSAGE)).price == price

    @pytest.mark.parametrize("status", [200, 400, 500])
    @pytest.mark.parametrize("told", ["4", 4])
    async def test_an_error_is_read_in_every_form(self, gateway, vendor, status, told):
        vendor.answers(Answer(status, json=refused_with(told)))

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
    async def test_a_refusal_has_a_reason(self, gateway, vendor, statuses, reason):
        for status in statuses.split():
            vendor.answers(Answer(200, json=refused_with(status)))

            with pytest.raises(Refused) as refused:
                await gateway.send(MESSAGE)

            assert (refused.value.reason, refused.value.word) == (reason, status)

    @pytest.mark.parametrize("status", ["1", "10"])
    async def test_a_throttled_message_was_not_taken(self, gateway, vendor, status):
        vendor.answers(Answer(200, json=refused_with(status), headers={"retry-after": "3"}))

        with pytest.raises(Unreachable) as unreachable:
            await gateway.send(MESSAGE)

        assert (unreachable.value.reason, unreachable.value.after) == (Reason.THROTTLED, 3)

    async def test_an_internal_error_leaves_open_whether_it_was_taken(self, gateway, vendor):
        vendor.answers(Answer(200, json=refused_with("5")))

        with pytest.raises(Unsure) as unsure:
            await gateway.send(MESSAGE)

        assert (unsure.value.reason, unsure.value.word) == (Reason.PROVIDER_ERROR, "5")

    async def test_a_message_that_was_taken_in_part_may_have_been_sent(self, gateway, vendor):
        """The phone waits for the missing part, or shows what it has."""
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
    async def test_an_answer_without_a_yes_and_an_id_leaves_it_open(self, gateway, vendor, messages):
        vendor.answers(Answer(200, json={"message-count": "1", "messages": messages}))

        with pytest.raises(Unsure):
            await gateway.send(MESSAGE)

    async def test_a_status_that_is_no_code_is_no_word(self, gateway, vendor):
        """It might quote what we sent."""
        vendor.answers(Answer(200, json=refused_with(MESSAGE.text)))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert refused.value.word == ""


def test_the_list_builds_it_from_what_an_operator_wrote():
    gateway, pace = GATEWAYS["vonage"]({**SETTINGS, "rate": "30"}, make_wire())

    assert (gateway.name, gateway.acknowledgement, gateway.repeats_safely) == ("vendor", b"OK", False)
    assert pace.rate == 30
    own = Vonage.Settings(**SETTINGS)
    assert (own.url, own.signature_method) == ("https://rest.nexmo.com", "sha256")
