"""The Plivo gateway: requests, errors, reports and the contracts."""

import hmac
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest

from app.domain.gateway import Refused
from app.domain.message import Report
from app.domain.status import Reason, Status
from app.gateways.plivo import Plivo
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
from tests.support.report_contract import SignedReports, callback

# Recorded files follow the vendor's public samples, not a live account.
RECORDED = Path(__file__).parent.parent / "recorded" / "plivo"
ACCOUNT = {"auth_id": "MAXXXXXXXXXXXXXXXXXX", "auth_token": SECRET, "sender": "Acme"}
ID = "db3ce55a-7f1d-11e1-8ea7-1231380bc196"
NONCE = "05429567804466091622"


def recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


def signature(text, secret):
    return b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()


class TestPlivo(SignedReports, GatewayContract):
    """The gateway contract and signed reports, for Plivo's signature version 2, which covers only the address."""

    good_answer = Answer(202, body=recorded("sent.json"))
    good_id = ID
    refusal = Answer(400, body=recorded("refused_sender.json"))
    unlisted_error = None  # a refused send has a text and no code
    price_at = None  # the vendor answers without a price
    sender_has_plus = True
    account = Answer(200, body=recorded("account.json"))
    account_summary = "77.39415 USD"
    signature_headers = ("x-plivo-signature-v2", "x-plivo-signature-v2-nonce")
    max_age = None  # neither version covers a time
    signs_body = False

    def build(self, url, client):
        return Plivo(Plivo.Settings(url=f"{url}/v1/", **ACCOUNT), client)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return {"ErrorCode": "", "MessageUUID": id, "Status": word, "To": MESSAGE.to.digits, "message": reference}

    def report_call(self, *events):
        (event,) = events
        fields = {name: value for name, value in event.items() if name != "message"}
        query = {"message": str(event["message"])}
        url = f"{REPORT_URL}?{urlencode(query, errors='replace')}"
        return callback(urlencode(fields, errors="replace").encode(), query=query, url=url)

    def sign(self, call, *, secret=SECRET, at=0.0):
        base = call.url.partition("?")[0]
        headers = {"x-plivo-signature-v2": signature(base + NONCE, secret), "x-plivo-signature-v2-nonce": NONCE}
        return replace(call, headers=headers)

    def tampered(self, call):
        yield from super().tampered(call)
        yield "the host", replace(call, url=call.url.replace("otp.example", "otq.example"))
        yield "the path", replace(call, url=call.url.replace("/v1/", "/v2/"))

    async def test_the_request_has_exactly_the_documented_fields(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/v1/Account/MAXXXXXXXXXXXXXXXXXX/Message/")
        account = b64encode(f"MAXXXXXXXXXXXXXXXXXX:{SECRET}".encode()).decode()
        assert request.headers["authorization"] == f"Basic {account}"
        assert request.json() == {
            "src": "Acme",
            "dst": "31612345678",
            "text": MESSAGE.text,
            "type": "sms",
            "url": f"{REPORT_URL}?message={MESSAGE.id}",
            "method": "POST",
            "log": "false",
            "message_expiry": 300,
        }

    @pytest.mark.parametrize(
        ("changes", "fields"),
        [
            ({"valid_for": 4}, {"message_expiry": 5}),
            ({"valid_for": 10_800}, {"message_expiry": 10_799}),
            ({"sender": "Bank"}, {"src": "Bank"}),
            ({"entity_id": "12", "template_id": "10"}, {"dlt_entity_id": "12", "dlt_template_id": "10"}),
            ({"template_id": "10"}, {"dlt_template_category": "service_implicit"}),
        ],
        ids=str,
    )
    async def test_message_values_map_to_request_fields(self, gateway, vendor, changes, fields):
        await gateway.send(replace(MESSAGE, **changes))

        assert vendor.requests[0].json().items() >= fields.items()

    async def test_a_response_without_a_message_is_a_refusal_of_its_number(self, gateway, vendor):
        vendor.answers(Answer(202, json={"message": "message(s) queued", "message_uuid": []}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert refused.value.reason is Reason.INVALID_NUMBER

    async def test_a_report_token_is_part_of_the_report_url(self, vendor):
        client = make_gateway_client()
        gateway = Plivo(Plivo.Settings(url=vendor.url, report_token=TOKEN, **ACCOUNT), client)
        await gateway.send(MESSAGE)
        await client.http_pool.close()

        assert vendor.requests[0].json()["url"] == f"{REPORT_URL}/{TOKEN}?message={MESSAGE.id}"
        assert (gateway.accepts_token(TOKEN), gateway.accepts_token("")) == (True, False)

    @pytest.mark.parametrize(
        ("status", "reason"),
        [(401, Reason.AUTH), (402, Reason.NO_CREDIT), (404, Reason.CONFIG), (409, Reason.UNKNOWN)],
    )
    async def test_the_http_status_maps_to_a_reason(self, gateway, vendor, status, reason):
        """The sentences that tell number and sender apart come with HTTP 400."""
        vendor.answers(Answer(status, json={"api_id": "97ceeb52", "error": {"dst": [MESSAGE.to.e164]}}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (reason, f"HTTP {status}")

    @pytest.mark.parametrize(
        ("error", "reason", "word"),
        [
            ("'31612345678' is not a valid phone number.", Reason.INVALID_NUMBER, "dst"),
            ({"dst": ["+31612345678 is not valid"]}, Reason.INVALID_NUMBER, "dst"),
            ("dst parameter is invalid", Reason.INVALID_NUMBER, "dst"),
            ("src parameter is invalid", Reason.INVALID_SENDER, "src"),
            ("src and destination cannot overlap", Reason.INVALID_SENDER, "src"),
            ("Sender ID is not registered", Reason.INVALID_SENDER, "src"),
            ("'Acme' is not a valid phone number.", Reason.INVALID_SENDER, "src"),
            ("Insufficient credit to send this message to the destination", Reason.NO_CREDIT, "credit"),
            ("invalid json data sent in raw POST", Reason.UNKNOWN, "HTTP 400"),
            ({}, Reason.UNKNOWN, "HTTP 400"),
            (None, Reason.UNKNOWN, "HTTP 400"),
        ],
        ids=str,
    )
    async def test_the_sentence_of_http_400_tells_number_sender_and_credit_apart(
        self, gateway, vendor, error, reason, word
    ):
        """Sources: plivo-node issue 222, plivo-php issue 20, and the vendor's page on responses."""
        vendor.answers(Answer(400, json={"api_id": "97ceeb52", "error": error}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (reason, word)
        assert MESSAGE.to.digits not in error_text(refused.value)

    @pytest.mark.parametrize(
        ("word", "status", "reason"),
        [
            ("queued", Status.QUEUED, None),
            ("sent", Status.SENT, None),
            ("delivered", Status.DELIVERED, None),
            ("read", Status.DELIVERED, None),
            ("undelivered", Status.UNDELIVERED, Reason.UNKNOWN),
            ("failed", Status.FAILED, Reason.UNKNOWN),
            ("Rejected", Status.FAILED, Reason.UNKNOWN),
        ],
    )
    async def test_each_vendor_status_maps_to_a_status(self, reader, word, status, reason):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

        assert (report.status, report.reason, report.word) == (status, reason, word)

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("10", Reason.CONTENT_REJECTED),
            ("20", Reason.PROVIDER_ERROR),
            ("30", Reason.CONTENT_REJECTED),
            ("40", Reason.INVALID_SENDER),
            ("50", Reason.INVALID_NUMBER),
            ("70", Reason.UNREACHABLE_PERMANENT),
            ("80", Reason.UNREACHABLE_TEMPORARY),
            ("90", Reason.PROVIDER_ERROR),
            ("200", Reason.OPTED_OUT),
            ("201", Reason.INVALID_SENDER),
            ("450", Reason.PROVIDER_ERROR),
            ("1000", Reason.UNKNOWN),
        ],
    )
    async def test_each_report_error_maps_to_a_reason(self, reader, code, reason):
        (report,) = await self.read(reader, self.report_call({**self.event("failed"), "ErrorCode": code}))

        assert (report.status, report.reason, report.word) == (Status.FAILED, reason, f"failed {code}")

    async def test_a_recorded_delivery_report_is_read(self, reader):
        call = callback(recorded("report_delivered.txt"), query={"message": MESSAGE.id})

        assert await self.read(reader, call) == [
            Report(ID, Status.DELIVERED, "delivered", None, MESSAGE.id, "31612345678", "0.00600 USD")
        ]

    async def test_a_report_of_a_part_has_the_id_of_the_whole_message(self, reader):
        assert await self.read(reader, callback(recorded("report_undelivered.txt"))) == [
            Report(ID, Status.UNDELIVERED, "undelivered 80", Reason.UNREACHABLE_TEMPORARY, "", "31612345678")
        ]

    async def test_a_report_in_the_query_is_read(self, reader):
        query = {name: value[0] for name, value in parse_qs(recorded("report_delivered.txt").decode()).items()}

        (report,) = await self.read(reader, callback(method="GET", query={**query, "message": MESSAGE.id}))

        assert (report.vendor_id, report.status, report.reference) == (ID, Status.DELIVERED, MESSAGE.id)

    async def test_an_incoming_sms_reports_nothing(self, reader):
        assert await self.read(reader, callback(recorded("event_incoming.txt"))) == []


class TestVersion3(TestPlivo):
    """The same tests for signature version 3, which covers the whole call."""

    signature_headers = ("x-plivo-signature-ma-v3", "x-plivo-signature-v3-nonce")
    signs_body = True
    signs_url = True

    def sign(self, call, *, secret=SECRET, at=0.0):
        base, _, query = call.url.partition("?")
        query_fields = parse_qs(query, keep_blank_values=True)
        form_fields = parse_qs(call.body.decode(errors="replace"), keep_blank_values=True)
        fields = "".join(f"{name}{value}" for name in sorted(form_fields) for value in sorted(form_fields[name]))
        values = "&".join(f"{name}={value}" for name in sorted(query_fields) for value in sorted(query_fields[name]))
        text = (
            base
            + ("?" if query_fields or form_fields else "")
            + values
            + ("." if query_fields and form_fields else "")
            + fields
        )
        signed = signature(f"{text}.{NONCE}", secret)
        return replace(call, headers={"x-plivo-signature-ma-v3": signed, "x-plivo-signature-v3-nonce": NONCE})
