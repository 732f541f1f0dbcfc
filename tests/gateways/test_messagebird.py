"""The MessageBird gateway: requests, errors, reports, settings and the contracts."""

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
from app.http_client.pool import HttpClientPool
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import (
    MESSAGE,
    REPORT_URL,
    SECRET,
    TOKEN,
    GatewayContract,
    error_text,
    make_gateway_client,
)
from tests.support.report_contract import NOW, SignedReports, callback

# Recorded files follow the vendor's public samples, not a live account.
RECORDED = Path(__file__).parent.parent / "recorded" / "messagebird"
ACCOUNT = {"access_key": SECRET, "signing_key": f"{SECRET}-{SECRET}", "sender": "Acme"}


def recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


def report_call(query: str, **changes):
    """Return the vendor's call with this query, unsigned."""
    return callback(**{"method": "GET", "query": dict(parse_qsl(query)), "url": f"{REPORT_URL}?{query}", **changes})


def sign(call, *, key=ACCOUNT["signing_key"], at=NOW):
    claims = {"iss": "MessageBird", "nbf": int(at), "exp": int(at) + 60, "jti": "j-1"}
    claims["url_hash"] = hashlib.sha256(call.url.encode()).hexdigest()
    if call.body:
        claims["payload_hash"] = hashlib.sha256(call.body).hexdigest()
    return replace(call, headers={"messagebird-signature-jwt": jwt.encode(claims, key, "HS256")})


class TestMessageBird(SignedReports, GatewayContract):
    """The gateway contract and signed reports, for MessageBird."""

    good_answer = Answer(201, body=recorded("sent.json"))
    good_id = "e8077d803532c0b5937c639b60216938"
    refusal = Answer(401, body=recorded("refused_key.json"))
    unlisted_error = Answer(200, json={"errors": [{"code": 4711, "parameter": None}]})
    price_at = None  # the vendor answers without a price
    sender_has_plus = False
    account = Answer(200, body=recorded("balance.json"))
    account_summary = "9.2 credits"
    signature_headers = ("messagebird-signature-jwt",)
    signs_body = False  # a report has no body
    signs_url = True
    max_age = 60
    values = st.text()  # a query holds nothing else

    def build(self, url, client):
        return MessageBird(MessageBird.Settings(url=f"{url}/", **ACCOUNT), client)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return {"id": id, "reference": reference, "recipient": MESSAGE.to.digits, "status": word}

    def report_call(self, *events):
        (event,) = events
        return replace(report_call(urlencode(event)), query=event)

    def sign(self, call, *, secret=SECRET, at=NOW):
        return sign(call, key=f"{secret}-{secret}", at=at)

    def tampered(self, call):
        yield from super().tampered(call)
        yield "an unsigned body", replace(call, body=b"x")
        yield "another status", replace(call, url=call.url.replace("delivered", "sent"))

    async def test_the_request_has_exactly_the_documented_fields(self, gateway, vendor):
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
    async def test_the_messages_sender_overrides_the_accounts(self, gateway, vendor, sender, originator):
        await gateway.send(replace(MESSAGE, sender=sender))

        assert vendor.requests[0].json()["originator"] == originator

    async def test_a_configured_report_token_is_required(self, vendor):
        http_pool = HttpClientPool()
        gateway = MessageBird(
            MessageBird.Settings(**ACCOUNT, url=vendor.url, report_token=TOKEN), make_gateway_client(http_pool)
        )

        await gateway.send(MESSAGE)
        await http_pool.close()

        assert vendor.requests[0].json()["reportUrl"] == f"{REPORT_URL}/{TOKEN}"
        assert gateway.accepts_token(TOKEN)
        assert not gateway.accepts_token("")

    async def test_the_validity_is_at_least_one_second(self, gateway, vendor):
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
    async def test_each_error_maps_to_a_reason(self, gateway, vendor, status, code, field, reason, word):
        vendor.answers(Answer(status, json={"errors": [{"code": code, "description": "…", "parameter": field}]}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (reason, word)

    @pytest.mark.parametrize(("code", "field"), [(10, "validity"), (21, None), (21, "recipient"), (4711, "body")])
    async def test_an_unlisted_error_is_a_refusal_without_a_reason(self, gateway, vendor, code, field):
        vendor.answers(Answer(422, json={"errors": [{"code": code, "description": "…", "parameter": field}]}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (Reason.UNKNOWN, f"{code} {field or ''}".strip())

    async def test_the_recorded_refusal_of_a_recipient_has_a_reason(self, gateway, vendor):
        vendor.answers(Answer(422, body=recorded("refused_recipient.json")))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert refused.value.reason is Reason.INVALID_NUMBER

    @pytest.mark.parametrize("status", [200, 422, 500])
    async def test_an_internal_error_raises_unsure(self, gateway, vendor, status):
        vendor.answers(Answer(status, json={"errors": [{"code": 99, "description": "…", "parameter": None}]}))

        with pytest.raises(Unsure) as unsure:
            await gateway.send(MESSAGE)

        assert unsure.value.word == "99"

    async def test_a_parameter_that_quotes_the_number_is_dropped(self, gateway, vendor):
        vendor.answers(Answer(422, json={"errors": [{"code": 10, "parameter": MESSAGE.to.e164}]}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert MESSAGE.to.digits not in error_text(refused.value)

    @pytest.mark.parametrize("items", [[], [{"status": "delivery_failed"}], None, [None], [{"status": 5}]], ids=str)
    async def test_a_message_without_recipients_is_a_refusal(self, gateway, vendor, items):
        vendor.answers(Answer(201, json={"id": "v-1", "recipients": {"totalSentCount": 0, "items": items}}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert refused.value.reason is Reason.UNKNOWN

    @pytest.mark.parametrize(
        "recipients",
        [{"totalSentCount": 0, "items": [{"status": "buffered"}]}, {"totalSentCount": 1, "items": []}, {}, None, "x"],
        ids=str,
    )
    async def test_a_message_with_a_pending_recipient_is_accepted(self, gateway, vendor, recipients):
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
    async def test_each_vendor_status_maps_to_a_status(self, reader, word, status, reason):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

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
    async def test_the_reason_comes_from_the_error_code_or_the_status_reason(self, reader, explained, reason):
        (report,) = await self.read(reader, self.report_call(self.event("delivery_failed") | explained))

        assert report.reason is reason
        assert report.word == f"delivery_failed {explained.get('statusErrorCode', '')}".strip()

    async def test_a_price_is_read_with_its_currency(self, reader):
        priced = self.event("delivered") | {"price[amount]": "0.0550", "price[currency]": "EUR"}

        (report,) = await self.read(reader, self.report_call(priced))

        assert report.price == "0.0550 EUR"

    async def test_the_vendors_sample_reports_are_read(self, reader):
        calls = [sign(report_call(recorded(name).decode())) for name in ("report_delivered.txt", "report_failed.txt")]

        reports = [report for call in calls for report in await reader.read_report(call, now=NOW)]

        shared = (self.good_id, MESSAGE.id, MESSAGE.to.digits)
        assert reports == [
            Report(shared[0], Status.DELIVERED, "delivered", None, *shared[1:]),
            Report(shared[0], Status.FAILED, "delivery_failed 1", Reason.INVALID_NUMBER, *shared[1:], "0.000 EUR"),
        ]

    @pytest.mark.parametrize("query", ["", "id=v-1", "status=sent", "originator=31612345678&payload=STOP"])
    async def test_a_call_without_id_and_status_reports_nothing(self, reader, query):
        assert await reader.read_report(sign(report_call(query)), now=NOW) == []

    async def test_a_report_with_a_re_encoded_query_is_rejected(self, reader):
        """A proxy that re-encodes the URL breaks the signature; the original URL is not guessed."""
        signed = sign(report_call("id=v-1&status=sent&statusDatetime=2023-07-28T17%3A57%3A12"))

        with pytest.raises(BadReport):
            await reader.read_report(replace(signed, url=signed.url.replace("%3A", ":")), now=NOW)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"access_key": ""}, "It is empty"),
        ({"access_key": f"{SECRET}\n"}, "without spaces"),
        ({"access_key": f"bk_eu1_{SECRET}"}, "set OTP_GATEWAYS__BIRD__API_KEY instead"),
        ({"signing_key": None}, "signing_key"),
        ({"sender": "Acme & Sons"}, "at most 11 letters"),
        ({"url": "http://rest.example.test"}, "https://"),
        ({"report_token": "guessable"}, "22"),
        ({"acces_key": SECRET}, "acces_key"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_invalid_settings_are_rejected_with_a_message(changes, expected):
    with pytest.raises(ValidationError, match=expected) as refused:
        MessageBird.Settings(**{**ACCOUNT, **changes})

    assert not [hidden for hidden in (SECRET, "guessable") if hidden in str(refused.value)]


def test_the_registry_builds_the_gateway_from_text_settings():
    gateway, _ = GATEWAYS["messagebird"](ACCOUNT, make_gateway_client())

    assert (gateway.name, gateway.acknowledgement, gateway.repeats_safely) == ("vendor", b"OK", False)
