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
from tests.support.gateway_contract import MESSAGE, SECRET, TOKEN, GatewayContract, make_wire
from tests.support.report_contract import NOW, Batches, UnsignedReports, callback

# Written after the vendor's public samples, not taken from a live account.
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


class Both(Batches, UnsignedReports, GatewayContract):
    """What the two profiles have in common."""

    refusal = Answer(400, body=recorded("refused_credentials.json"))

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        message = {"messageid": id, "receiver": MESSAGE.to.digits, "reference": reference, "delivery_status": word}
        return {"webhook_type": "delivery_report", "message": {**message, "content": MESSAGE.text}}

    async def test_an_apps_own_sender_goes_before_the_accounts(self, gateway, vendor):
        """Two shops on one account are two names on the phone."""
        await gateway.send(replace(MESSAGE, sender="Bank"))

        (request,) = vendor.requests
        assert request.json()["sender"] == "Bank"

    @pytest.mark.parametrize("status", [200, 400])
    @pytest.mark.parametrize("error", ["104", 104])
    async def test_an_error_is_read_in_every_form(self, gateway, vendor, status, error):
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
    async def test_a_refusal_has_a_reason(self, gateway, vendor, error, reason):
        vendor.answers(Answer(400, json={"error": error}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (reason, error)

    @pytest.mark.parametrize(("error", "reason"), [("105", Reason.PROVIDER_ERROR), (1002, Reason.THROTTLED)])
    @pytest.mark.parametrize("status", [200, 400, 500])
    async def test_some_errors_pass_and_took_nothing(self, gateway, vendor, error, reason, status):
        vendor.answers(Answer(status, json={"error": error}))

        with pytest.raises(Unreachable) as unreachable:
            await gateway.send(MESSAGE)

        assert unreachable.value.reason is reason

    @pytest.mark.parametrize("status", [200, 400])
    async def test_a_sentence_instead_of_a_code_is_kept(self, gateway, vendor, status):
        vendor.answers(Answer(status, body=recorded("refused_sentence.json")))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert refused.value.word == "error parsing json"

    @pytest.mark.parametrize("name", ["messageid", "msgid"])
    async def test_the_id_has_two_names(self, gateway, vendor, name):
        vendor.answers(Answer(200, json={name: "v-7", "error": 0}))

        assert (await gateway.send(MESSAGE)).id == "v-7"


class TestDocumented(Both):
    """Everything a gateway must do, done by Smstools as it documents itself."""

    good_answer = Answer(200, body=recorded("sent.json"))
    good_id = "e0ncuxht345hjmbjvv2feky0azflcw"
    account = Answer(200, json={"credits": "42.50", "currency": "EUR"})
    account_said = "42.50 EUR"

    def build(self, url, client):
        return Smstools(Smstools.Settings(url=f"{url}/v1/", **DOCUMENTED), client)

    async def test_two_headers_open_the_account(self, gateway, vendor):
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


class TestBearer(Both):
    """Everything a gateway must do, done by what speaks the form of the tutorials."""

    account_said = "cannot be asked in this profile"
    good_answer = Answer(200, json={"msgid": "v-1"})
    good_id = "v-1"

    def build(self, url, client):
        return Smstools(Smstools.Settings(**{**BEARER, "url": f"{url}/send?v=1"}), client)

    async def test_a_bearer_key_opens_the_account(self, gateway, vendor):
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
    """What the vendor's webhook says, in each of its forms."""

    @pytest.fixture
    def smstools(self):
        return Smstools(Smstools.Settings(**DOCUMENTED), make_wire())

    async def test_a_list_is_read(self, smstools):
        assert await smstools.read_report(callback(recorded("report_delivered.json")), now=NOW) == [
            _report(Status.DELIVERED, "delivered")
        ]

    async def test_a_bare_object_is_read(self, smstools):
        assert await smstools.read_report(callback(recorded("report_not_delivered.json")), now=NOW) == [
            _report(Status.FAILED, "rejected", Reason.INVALID_NUMBER)
        ]

    async def test_a_flat_object_is_read(self, smstools):
        assert await smstools.read_report(callback(recorded("report_flat.json")), now=NOW) == [
            _report(Status.DELIVERED, "delivered")
        ]

    async def test_a_form_is_read(self, smstools):
        assert await smstools.read_report(callback(recorded("report_form.txt")), now=NOW) == [
            _report(Status.UNDELIVERED, "not delivered", Reason.UNKNOWN)
        ]

    async def test_a_query_is_read(self, smstools):
        query = dict(parse_qsl(recorded("report_query.txt").decode()))

        assert await smstools.read_report(callback(method="GET", query=query), now=NOW) == [
            _report(Status.BUFFERED, "3")
        ]

    async def test_a_form_with_nested_names_is_read(self, smstools):
        assert await smstools.read_report(callback(recorded("report_query.txt")), now=NOW) == [
            _report(Status.BUFFERED, "3")
        ]

    async def test_what_is_not_about_delivery_is_let_pass(self, smstools):
        assert await smstools.read_report(callback(recorded("event_inbox.json")), now=NOW) == []

    async def test_a_form_with_too_many_fields_is_refused_early(self, smstools):
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
    async def test_each_code_has_a_meaning(self, smstools, code, status, reason):
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
    async def test_each_word_has_a_meaning(self, smstools, word, status):
        (report,) = await smstools.read_report(callback(json.dumps({"msgid": "v-1", "status": word}).encode()), now=NOW)

        assert (report.status, report.word) == (status, word)

    async def test_the_code_decides_where_code_and_word_differ(self, smstools):
        """The words are for people, and the vendor has changed them before."""
        entry = {"msgid": "v-1", "delivery_code": "1", "delivery_status": "arrived"}

        (report,) = await smstools.read_report(callback(json.dumps(entry).encode()), now=NOW)

        assert (report.status, report.word) == (Status.DELIVERED, "arrived")


def _report(status: Status, word: str, reason: Reason | None = None) -> Report:
    return Report("e1qk89exbzgf6fzfunceym2sd67h88", status, word, reason, "yourref", "32470123456")


@pytest.mark.parametrize(
    ("settings", "said"),
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
def test_settings_that_cannot_work_are_refused_with_a_sentence(settings, said):
    with pytest.raises(ValidationError, match=said) as refused:
        Smstools.Settings(**settings)

    assert not [hidden for hidden in (SECRET, TOKEN, "guessable") if hidden in str(refused.value)]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "http://[::1]:9", "http://localhost", "https://api.example.test"]
)
def test_plain_http_is_for_this_machine(url):
    Smstools.Settings(**DOCUMENTED, url=url)


@pytest.mark.parametrize("sender", ["Acme", "Acme 2", "ABCDEFGHIJK", "+31612345678901"[:15], "2FA"])
def test_a_sender_that_networks_carry_is_taken(sender):
    Smstools.Settings(**{**DOCUMENTED, "sender": sender})


@pytest.mark.parametrize(
    "sender", ["", " ", "ABCDEFGHIJKL", "Acme!", "Ácme", "12345", "+", "+123456789012345", " Acme"]
)
def test_a_sender_that_the_vendor_would_refuse_stops_the_start(sender):
    with pytest.raises(ValidationError, match="at most 11 letters"):
        Smstools.Settings(**{**DOCUMENTED, "sender": sender})


def test_the_list_builds_it_from_what_an_operator_wrote():
    gateway, _ = GATEWAYS["smstools"](DOCUMENTED, make_wire())

    assert (gateway.name, gateway.acknowledgement) == ("vendor", b"OK")
