"""The Smstools gateway: both profiles, errors, reports, settings and the contracts."""

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from pydantic import ValidationError

from app.domain.gateway import Refused, Unreachable
from app.domain.message import Report
from app.domain.status import Reason, Status
from app.gateways import GATEWAYS
from app.gateways.smstools import Smstools
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, SECRET, TOKEN, GatewayContract, make_gateway_client
from tests.support.report_contract import NOW, Batches, UnsignedReports, callback

# Recorded files follow the vendor's public samples, not a live account.
RECORDED = Path(__file__).parent.parent / "recorded" / "smstools"
DOCUMENTED = {"client_id": "acme", "client_secret": SECRET, "sender": "Acme", "report_token": TOKEN}
BEARER = {
    "profile": "bearer",
    "url": "https://api.example.test/send",
    "api_key": SECRET,
    "sender": "Acme",
    "report_token": TOKEN,
}


def recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


class SharedTests(Batches, UnsignedReports, GatewayContract):
    """The tests of both profiles."""

    refusal = Answer(400, body=recorded("refused_credentials.json"))
    unlisted_error = Answer(200, json={"error": "4711"})
    price_at = None  # the vendor answers without a price
    sender_has_plus = True

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        message = {"messageid": id, "receiver": MESSAGE.to.digits, "reference": reference, "delivery_status": word}
        return {"webhook_type": "delivery_report", "message": {**message, "content": MESSAGE.text}}

    async def test_the_messages_sender_overrides_the_accounts(self, gateway, vendor):
        """Two apps may share an account under different senders."""
        await gateway.send(replace(MESSAGE, sender="Bank"))

        (request,) = vendor.requests
        assert request.json()["sender"] == "Bank"

    @pytest.mark.parametrize("status", [200, 400])
    @pytest.mark.parametrize("error", ["104", 104])
    async def test_an_error_may_be_a_string_or_an_integer(self, gateway, vendor, status, error):
        vendor.answers(Answer(status, json={"error": error, "errorMsg": "…"}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (Reason.AUTH, "104")

    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            ("103", Reason.INVALID_NUMBER),
            ("108", Reason.NO_CREDIT),
            ("111", Reason.INVALID_SENDER),
            ("118", Reason.CONTENT_REJECTED),
            ("131", Reason.OPTED_OUT),
            ("200", Reason.CONFIG),
            ("4711", Reason.UNKNOWN),
        ],
    )
    async def test_each_error_maps_to_a_reason(self, gateway, vendor, error, reason):
        vendor.answers(Answer(400, json={"error": error}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (reason, error)

    @pytest.mark.parametrize(("error", "reason"), [("105", Reason.PROVIDER_ERROR), (1002, Reason.THROTTLED)])
    @pytest.mark.parametrize("status", [200, 400, 500])
    async def test_temporary_errors_raise_unreachable(self, gateway, vendor, error, reason, status):
        vendor.answers(Answer(status, json={"error": error}))

        with pytest.raises(Unreachable) as unreachable:
            await gateway.send(MESSAGE)

        assert unreachable.value.reason is reason

    @pytest.mark.parametrize("status", [200, 400])
    async def test_an_error_text_replaces_a_missing_code(self, gateway, vendor, status):
        vendor.answers(Answer(status, body=recorded("refused_sentence.json")))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert refused.value.word == "error parsing json"

    @pytest.mark.parametrize(("status", "word"), [(200, "other"), (400, "HTTP 400")])
    async def test_an_error_text_that_may_quote_the_request_is_not_shown(self, gateway, vendor, status, word):
        vendor.answers(Answer(status, json={"error": f"no route to {MESSAGE.to.e164}"}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (Reason.UNKNOWN, word)

    @pytest.mark.parametrize("name", ["messageid", "msgid"])
    async def test_the_id_is_read_from_either_field(self, gateway, vendor, name):
        vendor.answers(Answer(200, json={name: "v-7", "error": 0}))

        assert (await gateway.send(MESSAGE)).id == "v-7"


class TestDocumented(SharedTests):
    """The gateway contract and unsigned reports, for the profile `documented`."""

    good_answer = Answer(200, body=recorded("sent.json"))
    good_id = "e0ncuxht345hjmbjvv2feky0azflcw"
    account = Answer(200, json={"credits": "42.50", "currency": "EUR"})
    account_summary = "42.50 EUR"

    def build(self, url, client):
        return Smstools(Smstools.Settings(url=f"{url}/v1/", **DOCUMENTED), client)

    async def test_the_request_authenticates_with_two_headers(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/v1/message/send")
        assert request.headers["x-client-id"] == "acme"
        assert request.headers["x-client-secret"] == SECRET
        assert "authorization" not in request.headers
        assert request.json() == {
            "message": MESSAGE.text,
            "to": "31612345678",
            "sender": "Acme",
            "reference": MESSAGE.id,
        }


class TestBearer(SharedTests):
    """The gateway contract and unsigned reports, for the profile `bearer`."""

    account = None  # its pages name no request for a balance
    account_summary = "not supported by this profile"
    good_answer = Answer(200, json={"msgid": "v-1"})
    good_id = "v-1"

    def build(self, url, client):
        return Smstools(Smstools.Settings(**{**BEARER, "url": f"{url}/send?v=1"}), client)

    async def test_the_request_authenticates_with_a_bearer_key(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/send?v=1")
        assert request.headers["authorization"] == f"Bearer {SECRET}"
        assert "x-client-id" not in request.headers
        assert request.json() == {
            "message": MESSAGE.text,
            "to": "+31612345678",
            "sender": "Acme",
            "reference": MESSAGE.id,
        }


class TestReports:
    """The vendor's webhook calls in every format."""

    @pytest.fixture
    def smstools(self):
        return Smstools(Smstools.Settings(**DOCUMENTED), make_gateway_client())

    async def test_a_list_of_reports_is_read(self, smstools):
        assert await smstools.read_report(callback(recorded("report_delivered.json")), now=NOW) == [
            _report(Status.DELIVERED, "delivered")
        ]

    async def test_a_single_report_is_read(self, smstools):
        assert await smstools.read_report(callback(recorded("report_not_delivered.json")), now=NOW) == [
            _report(Status.FAILED, "rejected", Reason.INVALID_NUMBER)
        ]

    async def test_a_flat_report_is_read(self, smstools):
        assert await smstools.read_report(callback(recorded("report_flat.json")), now=NOW) == [
            _report(Status.DELIVERED, "delivered")
        ]

    async def test_a_report_in_a_form_is_read(self, smstools):
        assert await smstools.read_report(callback(recorded("report_form.txt")), now=NOW) == [
            _report(Status.UNDELIVERED, "not delivered", Reason.UNKNOWN)
        ]

    async def test_a_report_in_the_query_is_read(self, smstools):
        query = dict(parse_qsl(recorded("report_query.txt").decode()))

        assert await smstools.read_report(callback(method="GET", query=query), now=NOW) == [
            _report(Status.BUFFERED, "3")
        ]

    async def test_a_form_with_nested_names_is_read(self, smstools):
        assert await smstools.read_report(callback(recorded("report_query.txt")), now=NOW) == [
            _report(Status.BUFFERED, "3")
        ]

    async def test_an_event_that_is_not_about_delivery_reports_nothing(self, smstools):
        assert await smstools.read_report(callback(recorded("event_inbox.json")), now=NOW) == []

    async def test_a_form_with_too_many_fields_is_rejected(self, smstools):
        with pytest.raises(Exception, match="cannot be read"):
            await smstools.read_report(callback(b"a=1&" * 1000 + b"msgid=1&status=delivered"), now=NOW)

    @pytest.mark.parametrize(
        ("code", "status", "reason"),
        [
            ("0", Status.SENT, None),
            ("1", Status.DELIVERED, None),
            (1, Status.DELIVERED, None),
            ("2", Status.UNDELIVERED, Reason.UNREACHABLE_TEMPORARY),
            ("3", Status.BUFFERED, None),
            ("4", Status.FAILED, Reason.UNREACHABLE_TEMPORARY),
            ("5", Status.FAILED, Reason.UNREACHABLE_TEMPORARY),
            ("9", Status.UNKNOWN, None),
            ("77", Status.UNKNOWN, None),
        ],
    )
    async def test_each_delivery_code_maps_to_a_status(self, smstools, code, status, reason):
        entry = {"messageid": "v-1", "delivery_code": code, "delivery_code_detail": "11"}

        (report,) = await smstools.read_report(callback(json.dumps(entry).encode()), now=NOW)

        assert (report.status, report.reason, report.word) == (status, reason, str(code))

    @pytest.mark.parametrize(
        ("word", "status"),
        [
            ("SUBMITTED", Status.SENT),
            ("Not Delivered", Status.UNDELIVERED),
            ("not_delivered", Status.UNDELIVERED),
            ("REJECTED", Status.FAILED),
            ("failed", Status.FAILED),
            ("expired", Status.EXPIRED),
            ("unknown", Status.UNKNOWN),
        ],
    )
    async def test_each_vendor_status_maps_to_a_status(self, smstools, word, status):
        (report,) = await smstools.read_report(callback(json.dumps({"msgid": "v-1", "status": word}).encode()), now=NOW)

        assert (report.status, report.word) == (status, word)

    async def test_the_delivery_code_overrides_the_status_text(self, smstools):
        """The texts are for display, and the vendor has changed them before."""
        entry = {"msgid": "v-1", "delivery_code": "1", "delivery_status": "arrived"}

        (report,) = await smstools.read_report(callback(json.dumps(entry).encode()), now=NOW)

        assert (report.status, report.word) == (Status.DELIVERED, "arrived")


def _report(status: Status, word: str, reason: Reason | None = None) -> Report:
    return Report("e1qk89exbzgf6fzfunceym2sd67h88", status, word, reason, "yourref", "32470123456")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({**DOCUMENTED, "client_id": None}, "needs CLIENT_ID and CLIENT_SECRET"),
        ({**DOCUMENTED, "client_secret": None}, "needs CLIENT_ID and CLIENT_SECRET"),
        ({**DOCUMENTED, "api_key": SECRET}, "and no API_KEY"),
        ({**BEARER, "url": None}, "needs URL and API_KEY"),
        ({**BEARER, "api_key": None}, "needs URL and API_KEY"),
        ({**BEARER, "client_id": "acme"}, "and no CLIENT_ID"),
        ({**DOCUMENTED, "url": "http://api.example.test"}, "https://"),
        ({**DOCUMENTED, "url": "http://localhost.example.test"}, "https://"),
        ({**DOCUMENTED, "client_secret": f"{SECRET}\n"}, "without spaces"),
        ({**DOCUMENTED, "client_secret": ""}, "It is empty"),
        ({**DOCUMENTED, "profile": "soap"}, "'documented' or 'bearer'"),
        ({**DOCUMENTED, "senderr": "Acme"}, "senderr"),
        ({**DOCUMENTED, "report_token": "guessable"}, "22"),
    ],
)
def test_invalid_settings_are_rejected_with_a_message(settings, expected):
    with pytest.raises(ValidationError, match=expected) as refused:
        Smstools.Settings(**settings)

    assert not [hidden for hidden in (SECRET, TOKEN, "guessable") if hidden in str(refused.value)]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "http://[::1]:9", "http://localhost", "https://api.example.test"]
)
def test_plain_http_is_allowed_on_loopback_only(url):
    Smstools.Settings(**DOCUMENTED, url=url)


@pytest.mark.parametrize("sender", ["Acme", "Acme 2", "ABCDEFGHIJK", "+31612345678901"[:15], "2FA", "12345"])
def test_valid_senders_are_accepted(sender):
    Smstools.Settings(**{**DOCUMENTED, "sender": sender})


@pytest.mark.parametrize(
    "sender", ["", " ", "ABCDEFGHIJKL", "Acme!", "Ácme", "12", "123456789", "A&B", "+", "+123456789012345", " Acme"]
)
def test_invalid_senders_are_rejected(sender):
    with pytest.raises(ValidationError, match="at most 11 letters"):
        Smstools.Settings(**{**DOCUMENTED, "sender": sender})


def test_the_registry_builds_the_gateway_from_text_settings():
    gateway, _ = GATEWAYS["smstools"](DOCUMENTED, make_gateway_client())

    assert (gateway.name, gateway.acknowledgement) == ("vendor", b"OK")
