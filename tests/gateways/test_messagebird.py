import hashlib
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import jwt
import pytest
from hypothesis import strategies as st
from pydantic import ValidationError

from app.domain.errors import BadReport
from app.domain.gateway import Refused, Unsure
from app.domain.message import Report
from app.domain.status import Reason, Status
from app.gateways import GATEWAYS
from app.gateways.messagebird import MessageBird
from app.http_client import HttpClientPool
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, REPORT_URL, SECRET, TOKEN, GatewayContract, make_wire, shown
from tests.support.report_contract import NOW, SignedReports, callback

# Written after the vendor's public samples, not taken from a live account.
RECORDED = Path(__file__).parent.parent / "recorded" / "messagebird"
ACCOUNT = {"access_key": SECRET, "signing_key": f"{SECRET}-{SECRET}", "sender": "Acme"}


def recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


def told(query: str, **changes):
    """The vendor's call with this query, not yet signed."""
    return callback(**{"method": "GET", "query": dict(parse_qsl(query)), "url": f"{REPORT_URL}?{query}", **changes})


def sign(call, *, key=ACCOUNT["signing_key"], at=NOW):
    claims = {"iss": "MessageBird", "nbf": int(at), "exp": int(at) + 60, "jti": "j-1"}
    claims["url_hash"] = hashlib.sha256(call.url.encode()).hexdigest()
    if call.body:
        claims["payload_hash"] = hashlib.sha256(call.body).hexdigest()
    return replace(call, headers={"messagebird-signature-jwt": jwt.encode(claims, key, "HS256")})


class TestMessageBird(SignedReports, GatewayContract):
    """Everything a gateway must do, done by MessageBird."""

    good_answer = Answer(201, body=recorded("sent.json"))
    good_id = "e8077d803532c0b5937c639b60216938"
    refusal = Answer(401, body=recorded("refused_key.json"))
    account = Answer(200, body=recorded("balance.json"))
    account_said = "9.2 credits"
    signature_headers = ("messagebird-signature-jwt",)
    signs_body = False  # there is none
    signs_url = True
    good_for = 60
    values = st.text()  # a query holds nothing else

    def build(self, url, client):
        return MessageBird(MessageBird.Settings(url=f"{url}/", **ACCOUNT), client)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return {"id": id, "reference": reference, "recipient": MESSAGE.to.digits, "status": word}

    def told(self, *events):
        (event,) = events
        return replace(told(urlencode(event)), query=event)

    def sign(self, call, *, secret=SECRET, at=NOW):
        return sign(call, key=f"{secret}-{secret}", at=at)

    def tampered(self, call):
        yield from super().tampered(call)
        yield "a body that nobody signed", replace(call, body=b"x")
        yield "another status", replace(call, url=call.url.replace("delivered", "sent"))

    async def test_the_request_is_the_documented_one(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/messages")
        assert request.headers["authorization"] == f"AccessKey {SECRET}"
        assert request.json() == {
            "originator": "Acme",
            "recipients": ["31612345678"],
            "body": MESSAGE.text,
            "datacoding": "auto",
            "validity": 300,
            "reference": MESSAGE.id,
            "reportUrl": REPORT_URL,
        }

    @pytest.mark.parametrize(("sender", "originator"), [("Bank", "Bank"), ("+31600000000", "31600000000")])
    async def test_an_apps_own_sender_goes_before_the_accounts(self, gateway, vendor, sender, originator):
        await gateway.send(replace(MESSAGE, sender=sender))

        assert vendor.requests[0].json()["originator"] == originator

    async def test_a_token_in_the_address_is_asked_for_where_one_is_set(self, vendor):
        http_pool = HttpClientPool()
        gateway = MessageBird(MessageBird.Settings(**ACCOUNT, url=vendor.url, report_token=TOKEN), make_wire(http_pool))

        await gateway.send(MESSAGE)
        await http_pool.close()

        assert vendor.requests[0].json()["reportUrl"] == f"{REPORT_URL}/{TOKEN}"
        assert gateway.knows(TOKEN)
        assert not gateway.knows("")

    async def test_a_message_is_valid_for_a_second_at_least(self, gateway, vendor):
        await gateway.send(replace(MESSAGE, valid_for=0))

        assert vendor.requests[0].json()["validity"] == 1

    @pytest.mark.parametrize("status", [200, 401, 422])
    @pytest.mark.parametrize(
        ("code", "field", "reason", "word"),
        [
            (2, "access_key", Reason.AUTH, "2 access_key"),
            ("2", None, Reason.AUTH, "2"),
            (9, "recipients", Reason.INVALID_NUMBER, "9 recipients"),
            (10, "recipient", Reason.INVALID_NUMBER, "10 recipient"),
            (10, "originator", Reason.INVALID_SENDER, "10 originator"),
            (9, "body", Reason.CONTENT_REJECTED, "9 body"),
            (20, None, Reason.CONFIG, "20"),
            (25, None, Reason.NO_CREDIT, "25"),
            (98, None, Reason.CONFIG, "98"),
        ],
    )
    async def test_a_refusal_has_a_reason(self, gateway, vendor, status, code, field, reason, word):
        vendor.answers(Answer(status, json={"errors": [{"code": code, "description": "…", "parameter": field}]}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (reason, word)

    @pytest.mark.parametrize(("code", "field"), [(10, "validity"), (21, None), (21, "recipient"), (4711, "body")])
    async def test_an_error_of_another_kind_is_for_the_next_gateway(self, gateway, vendor, code, field):
        vendor.answers(Answer(422, json={"errors": [{"code": code, "description": "…", "parameter": field}]}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (Reason.UNKNOWN, f"{code} {field or ''}".strip())

    async def test_the_vendors_own_words_for_a_wrong_number_are_read(self, gateway, vendor):
        vendor.answers(Answer(422, body=recorded("refused_recipient.json")))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert refused.value.reason is Reason.INVALID_NUMBER

    @pytest.mark.parametrize("status", [200, 422, 500])
    async def test_after_an_internal_error_it_may_have_been_sent(self, gateway, vendor, status):
        vendor.answers(Answer(status, json={"errors": [{"code": 99, "description": "…", "parameter": None}]}))

        with pytest.raises(Unsure) as unsure:
            await gateway.send(MESSAGE)

        assert unsure.value.word == "99"

    async def test_a_field_that_quotes_the_number_is_not_repeated(self, gateway, vendor):
        vendor.answers(Answer(422, json={"errors": [{"code": 10, "parameter": MESSAGE.to.e164}]}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert MESSAGE.to.digits not in shown(refused.value)

    @pytest.mark.parametrize("items", [[], [{"status": "delivery_failed"}], None, [None], [{"status": 5}]], ids=str)
    async def test_a_message_for_nobody_is_a_refusal(self, gateway, vendor, items):
        vendor.answers(Answer(201, json={"id": "v-1", "recipients": {"totalSentCount": 0, "items": items}}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert refused.value.reason is Reason.UNKNOWN

    @pytest.mark.parametrize(
        "recipients",
        [{"totalSentCount": 0, "items": [{"status": "buffered"}]}, {"totalSentCount": 1, "items": []}, {}, None, "x"],
        ids=str,
    )
    async def test_a_message_that_waits_is_taken(self, gateway, vendor, recipients):
        vendor.answers(Answer(201, json={"id": "v-1", "recipients": recipients}))

        assert (await gateway.send(MESSAGE)).id == "v-1"

    @pytest.mark.parametrize(
        ("word", "status", "reason"),
        [
            ("scheduled", Status.QUEUED, None),
            ("sent", Status.SENT, None),
            ("buffered", Status.BUFFERED, None),
            ("delivered", Status.DELIVERED, None),
            ("expired", Status.EXPIRED, Reason.EXPIRED),
            ("delivery_failed", Status.FAILED, Reason.UNKNOWN),
        ],
    )
    async def test_each_word_has_a_meaning(self, reader, word, status, reason):
        (report,) = await self.read(reader, self.told(self.event(word)))

        assert (report.status, report.reason, report.word) == (status, reason, word)

    @pytest.mark.parametrize(
        ("explained", "reason"),
        [
            ({"statusErrorCode": "1"}, Reason.INVALID_NUMBER),
            ({"statusErrorCode": "27", "statusReason": "whatever"}, Reason.UNREACHABLE_TEMPORARY),
            ({"statusErrorCode": "103"}, Reason.OPTED_OUT),
            ({"statusErrorCode": "4711"}, Reason.UNKNOWN),
            ({"statusReason": "unknown subscriber"}, Reason.INVALID_NUMBER),
            ({"statusReason": "Unavailable_Subscriber"}, Reason.UNREACHABLE_TEMPORARY),
            ({"statusReason": "received_network_error", "statusErrorCode": "34"}, Reason.PROVIDER_ERROR),
        ],
        ids=str,
    )
    async def test_a_failure_is_explained_by_its_code_or_by_its_reason(self, reader, explained, reason):
        (report,) = await self.read(reader, self.told(self.event("delivery_failed") | explained))

        assert report.reason is reason
        assert report.word == f"delivery_failed {explained.get('statusErrorCode', '')}".strip()

    async def test_the_vendors_samples_are_read(self, reader):
        calls = [sign(told(recorded(name).decode())) for name in ("report_delivered.txt", "report_failed.txt")]

        reports = [report for call in calls for report in await reader.read_report(call, now=NOW)]

        shared = (self.good_id, MESSAGE.id, MESSAGE.to.digits)
        assert reports == [
            Report(shared[0], Status.DELIVERED, "delivered", None, *shared[1:]),
            Report(shared[0], Status.FAILED, "delivery_failed 1", Reason.INVALID_NUMBER, *shared[1:]),
        ]

    @pytest.mark.parametrize("query", ["", "id=v-1", "status=sent", "originator=31612345678&payload=STOP"])
    async def test_a_call_about_something_else_reports_nothing(self, reader, query):
        assert await reader.read_report(sign(told(query)), now=NOW) == []

    async def test_a_report_whose_query_was_written_otherwise_is_refused(self, reader):
        """A proxy that decodes and encodes the address anew breaks what was signed; better that than to guess."""
        signed = sign(told("id=v-1&status=sent&statusDatetime=2023-07-28T17%3A57%3A12"))

        with pytest.raises(BadReport):
            await reader.read_report(replace(signed, url=signed.url.replace("%3A", ":")), now=NOW)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"access_key": ""}, "It is empty"),
        ({"access_key": f"{SECRET}\n"}, "without spaces"),
        ({"signing_key": None}, "signing_key"),
        ({"sender": "Acme & Sons"}, "at most 11 letters"),
        ({"url": "http://rest.example.test"}, "https://"),
        ({"report_token": "guessable"}, "22"),
        ({"acces_key": SECRET}, "acces_key"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_settings_that_cannot_work_are_refused_with_a_sentence(changes, said):
    with pytest.raises(ValidationError, match=said) as refused:
        MessageBird.Settings(**{**ACCOUNT, **changes})

    assert not [hidden for hidden in (SECRET, "guessable") if hidden in str(refused.value)]


def test_the_list_builds_it_from_what_an_operator_wrote():
    gateway, _ = GATEWAYS["messagebird"](ACCOUNT, make_wire())

    assert (gateway.name, gateway.acknowledgement, gateway.repeats_safely) == ("vendor", b"OK", False)
