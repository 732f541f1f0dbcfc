"""The Sinch gateway: requests, errors, reports, settings and the contracts."""

import hmac
import json
import tracemalloc
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.domain.errors import InvalidRequest
from app.domain.gateway import Refused, Unsure
from app.domain.message import Report
from app.domain.status import Reason, Status
from app.gateways import GATEWAYS
from app.gateways.sinch import Sinch
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
from tests.support.report_contract import NOW, SignedReports, UnsignedReports, callback

# Recorded files follow the vendor's public samples, not a live account.
RECORDED = Path(__file__).parent.parent / "recorded" / "sinch"
PLAN = {"service_plan_id": "jd63jf88477ll123ab4567cd89012ef3", "api_token": SECRET, "sender": "Acme"}
SIGNED = {**PLAN, "report_secret": SECRET}
UNSIGNED = {**PLAN, "report_token": TOKEN}
PREFIX = "x-sinch-webhook-signature"
CLOCK = 1717665734.304  # 2024-06-06T09:22:14.304Z


def recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


def event(word, *, id="v-1", reference=MESSAGE.id):
    ids = {"batch_id": id, "recipient": MESSAGE.to.digits, "client_reference": reference}
    return {"type": "recipient_delivery_report_sms", **ids, "code": 0, "status": word}


def report_call(*events: object):
    """Return Sinch's call with one event, unsigned."""
    return callback(json.dumps(events[0]).encode(), token=TOKEN)


class TestSigned(SignedReports, GatewayContract):
    """The gateway contract and signed reports, for a Sinch plan whose reports are signed."""

    good_answer = Answer(201, body=recorded("sent.json"))
    good_id = "01FC66621XXXXX119Z8PMV1QPQ"
    refusal = Answer(403, body=recorded("blocked_account.json"))
    unlisted_error = Answer(200, json={"code": "syntax_of_no_field", "text": "…"})
    price_at = None  # the vendor answers without a price
    sender_has_plus = True
    account = Answer(200, body=recorded("groups.json"))
    account_summary = "works; Sinch reports no balance"
    delivered = "Delivered"
    event, report_call = staticmethod(event), staticmethod(report_call)
    signature_headers = (PREFIX, f"{PREFIX}-nonce", f"{PREFIX}-timestamp")
    max_age = 300

    def build(self, url, client):
        return Sinch(Sinch.Settings(url=f"{url}/", **SIGNED), client, clock=lambda: CLOCK)

    def sign(self, call, *, secret=SECRET, at=NOW):
        nonce, timestamp = "01FJA8B4A7BM43YGWSG9GBV067", str(int(at))
        digest = hmac.digest(secret.encode(), call.body + f".{nonce}.{timestamp}".encode(), "sha256")
        values = (b64encode(digest).decode(), nonce, timestamp)
        return replace(call, headers=dict(zip(self.signature_headers, values, strict=True)))

    async def test_the_request_has_exactly_the_documented_fields(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", f"/xms/v1/{PLAN['service_plan_id']}/batches")
        assert request.headers["authorization"] == f"Bearer {SECRET}"
        assert request.json() == {
            "type": "mt_text",
            "from": "Acme",
            "to": ["+31612345678"],
            "body": MESSAGE.text,
            "delivery_report": "per_recipient",
            "callback_url": REPORT_URL,
            "client_reference": MESSAGE.id,
            "expire_at": "2024-06-06T09:27:14.304Z",
            "feedback_enabled": False,
        }

    @pytest.mark.parametrize("sender", ["Bank", "+31600000000"])
    async def test_the_messages_sender_overrides_the_accounts(self, gateway, vendor, sender):
        await gateway.send(replace(MESSAGE, sender=sender))

        assert vendor.requests[0].json()["from"] == sender

    @pytest.mark.parametrize(
        ("valid_for", "expire_at"), [(-5, "2024-06-06T09:22:15.304Z"), (259_200, "2024-06-09T09:21:14.304Z")]
    )
    async def test_the_validity_is_a_second_to_nearly_three_days(self, gateway, vendor, valid_for, expire_at):
        await gateway.send(replace(MESSAGE, valid_for=valid_for))

        assert vendor.requests[0].json()["expire_at"] == expire_at

    async def test_check_requests_the_groups_and_no_messages(self, gateway, vendor):
        """A list of batches would contain the texts of recent messages."""
        vendor.answers(self.account)

        await gateway.check()

        assert vendor.requests[0].target == f"/xms/v1/{PLAN['service_plan_id']}/groups?page_size=1"

    @pytest.mark.parametrize("answer", [Answer(200, json={"fine": True}), Answer(200, body=b"<html>")], ids=str)
    async def test_check_raises_unsure_for_an_unexpected_response(self, gateway, vendor, answer):
        vendor.answers(answer)

        with pytest.raises(Unsure):
            await gateway.check()

    @pytest.mark.parametrize(
        ("status", "body", "reason", "word"),
        [
            (400, recorded("bad_format.json"), Reason.UNKNOWN, "syntax_invalid_parameter_format"),
            (400, recorded("bad_argument.json"), Reason.UNKNOWN, "INVALID_ARGUMENT"),
            (403, recorded("blocked_account.json"), Reason.AUTH, "blocked_account"),
            (403, b'{"code": "missing_callback_url", "text": "x"}', Reason.CONFIG, "missing_callback_url"),
            (403, b'{"code": "of_no_known_kind", "text": "x"}', Reason.UNKNOWN, "of_no_known_kind"),
            (401, b"", Reason.AUTH, "HTTP 401"),
            (402, b"", Reason.NO_CREDIT, "HTTP 402"),
            (404, b"", Reason.CONFIG, "HTTP 404"),
            (400, b'{"code": 400, "text": "x"}', Reason.UNKNOWN, "HTTP 400"),
            (400, b'{"code": null, "error": {"status": null}}', Reason.UNKNOWN, "HTTP 400"),
        ],
        ids=lambda value: value.decode()[:30] if isinstance(value, bytes) else None,
    )
    async def test_each_error_maps_to_a_reason(self, gateway, vendor, status, body, reason, word):
        """A syntax error may be about the number or about our request, so the next gateway is tried."""
        vendor.answers(Answer(status, body=body))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (reason, word)

    @pytest.mark.parametrize("body", [{"code": MESSAGE.to.e164}, {"error": {"status": f"no {MESSAGE.to.digits}"}}])
    async def test_a_code_that_quotes_the_number_is_dropped(self, gateway, vendor, body):
        vendor.answers(Answer(400, json=body))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert MESSAGE.to.digits not in error_text(refused.value)


class TestUnsigned(UnsignedReports, GatewayContract):
    """The gateway contract and unsigned reports, for a Sinch plan whose reports are not signed."""

    good_answer = Answer(201, body=recorded("sent.json"))
    good_id = "01FC66621XXXXX119Z8PMV1QPQ"
    refusal = Answer(403, body=recorded("blocked_account.json"))
    unlisted_error = Answer(200, json={"code": "syntax_of_no_field", "text": "…"})
    price_at = None  # the vendor answers without a price
    sender_has_plus = True
    account = Answer(200, body=recorded("groups.json"))
    account_summary = "works; Sinch reports no balance"
    delivered = "Delivered"
    event, report_call = staticmethod(event), staticmethod(report_call)

    def build(self, url, client):
        return Sinch(Sinch.Settings(url=url, **UNSIGNED), client, clock=lambda: CLOCK)

    async def test_the_request_contains_the_report_url_with_its_token(self, gateway, vendor):
        await gateway.send(MESSAGE)

        assert vendor.requests[0].json()["callback_url"] == f"{REPORT_URL}/{TOKEN}"

    async def test_the_vendors_sample_reports_are_read(self, reader):
        names = ("report_delivered.json", "report_aborted.json", "report_batch.json", "reply.json")

        reports = [await reader.read_report(callback(recorded(name)), now=NOW) for name in names]

        one, both = "01W4FFL35P4NC4K35SMSBATCH9", "01W4FFL35P4NC4K35SMSBATCH8"
        assert reports == [
            [Report(one, Status.DELIVERED, "Delivered", None, "client-ref", "12017777777")],
            [Report(one, Status.FAILED, "Aborted 412", Reason.CONFIG, "client-ref", "12010000000")],
            [
                Report(both, Status.DELIVERED, "Delivered", None, "client-ref", recipient)
                for recipient in ("12017777777", "33612345678")
            ],
            [],
        ]

    @pytest.mark.parametrize(
        ("word", "code", "status", "reason"),
        [
            ("Queued", 400, Status.QUEUED, None),
            ("Dispatched", 401, Status.SENT, None),
            ("DELIVERED", 0, Status.DELIVERED, None),
            ("Expired", 406, Status.EXPIRED, Reason.EXPIRED),
            ("Expired", 9, Status.EXPIRED, Reason.EXPIRED),
            ("Aborted", "402", Status.FAILED, Reason.PROVIDER_ERROR),
            ("Aborted", 403, Status.FAILED, Reason.PROVIDER_ERROR),
            ("Aborted", 404, Status.FAILED, Reason.PROVIDER_ERROR),
            ("Aborted", 406, Status.EXPIRED, Reason.EXPIRED),
            ("Aborted", 408, Status.FAILED, Reason.PROVIDER_ERROR),
            ("Aborted", 410, Status.FAILED, Reason.INVALID_SENDER),
            ("Aborted", 411, Status.FAILED, Reason.CONTENT_REJECTED),
            ("Aborted", 413, Status.FAILED, Reason.AUTH),
            ("Rejected", 1, Status.FAILED, Reason.INVALID_SENDER),
            ("Failed", 5, Status.FAILED, Reason.UNKNOWN),
            ("Deleted", None, Status.FAILED, Reason.UNKNOWN),
            ("Cancelled", 407, Status.FAILED, Reason.UNKNOWN),
            ("Unknown", 0, Status.UNKNOWN, None),
        ],
    )
    async def test_each_vendor_status_maps_to_a_status(self, reader, word, code, status, reason):
        (report,) = await reader.read_report(report_call({**event(word), "code": code}), now=NOW)

        assert (report.status, report.reason) == (status, reason)
        assert report.word == (f"{word} {code}" if reason and code else word)

    @pytest.mark.parametrize(
        "other",
        [
            {"type": "mo_binary", "id": "x", "body": "dGV4dA=="},
            {"type": "recipient_delivery_report_mms", "batch_id": "x", "status": "Delivered"},
            {"type": ["delivery_report_sms"], "batch_id": "x"},
            {"type": "delivery_report_sms", "batch_id": "x", "statuses": {"status": "Delivered"}},
            {"type": "delivery_report_sms", "batch_id": "x", "statuses": [{"status": "Delivered", "count": 1}]},
            {"type": "delivery_report_sms", "batch_id": "x", "statuses": [None, 5, [], {"recipients": "1"}]},
        ],
        ids=str,
    )
    async def test_an_event_without_a_recipient_reports_nothing(self, reader, other):
        assert await reader.read_report(report_call(other), now=NOW) == []

    async def test_an_unreadable_recipient_does_not_lose_the_others(self, reader):
        statuses = [
            {"code": 0, "status": "Delivered", "recipients": [None, {"a": 1}, 31612345678]},
            {"code": 404, "recipients": ["1"]},
        ]
        batch = {"type": "delivery_report_sms", "batch_id": "v-1", "statuses": statuses}

        reports = await reader.read_report(report_call(batch), now=NOW)

        assert [report.recipient for report in reports] == ["", "", "31612345678"]

    @pytest.mark.parametrize("many", [1001, 100_000])
    async def test_a_batch_of_more_than_1000_recipients_is_rejected(self, reader, many):
        """Even if the event has thousands of other fields, which must not be copied for each recipient."""
        others = {str(number): 0 for number in range(10_000)}
        statuses = [{"status": "Delivered", "recipients": [1] * many, **others}]

        with pytest.raises(InvalidRequest):
            await reader.read_report(
                report_call({"type": "delivery_report_sms", "batch_id": "v-1", "statuses": statuses, **others}), now=NOW
            )

    async def test_a_large_batch_is_rejected_before_it_is_expanded(self, reader):
        """A megabyte of recipients would expand to a hundred megabytes of reports."""
        statuses = [{"status": "Delivered", "recipients": [1] * 100_000}]
        call = report_call({"type": "delivery_report_sms", "batch_id": "v-1", "statuses": statuses})

        tracemalloc.start()
        try:
            with pytest.raises(InvalidRequest):
                await reader.read_report(call, now=NOW)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert most < 5_000_000


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"report_secret": None}, "REPORT_SECRET, where Sinch signs reports, or a REPORT_TOKEN"),
        ({"region": "moon"}, "'us', 'eu', 'au', 'br' or 'ca'"),
        ({"service_plan_id": "../other"}, "Give the id of the service plan"),
        ({"service_plan_id": ""}, "Give the id of the service plan"),
        ({"api_token": f"{SECRET}\n"}, "without spaces"),
        ({"sender": ""}, "at most 11 letters"),
        ({"url": "http://us.sms.api.sinch.com"}, "https://"),
        ({"report_token": "guessable"}, "22"),
        ({"plan": "x"}, "plan"),
    ],
    ids=["no_report", "region", "path", "no_plan", "newline", "sender", "plain_http", "guessable", "misspelt"],
)
def test_invalid_settings_are_rejected_with_a_message(changes, expected):
    with pytest.raises(ValidationError, match=expected) as refused:
        Sinch.Settings(**{**SIGNED, **changes})

    assert not [hidden for hidden in (SECRET, "guessable") if hidden in str(refused.value)]


@pytest.mark.parametrize(
    ("settings", "host"),
    [({}, "us.sms.api.sinch.com"), ({"region": "eu"}, "eu.sms.api.sinch.com"), ({"url": "https://x.test/"}, "x.test")],
    ids=["usual", "region", "url"],
)
async def test_the_region_or_the_url_sets_the_host(settings, host):
    client = replace(make_gateway_client(), http_pool=RecordingHttpClientPool())

    with pytest.raises(Unsure):
        await Sinch(Sinch.Settings(**SIGNED, **settings), client).check()

    assert client.http_pool.urls == [f"https://{host}/xms/v1/{PLAN['service_plan_id']}/groups?page_size=1"]


class RecordingHttpClientPool(HttpClientPool):
    """An HTTP client that records the URLs and sends nothing."""

    def __init__(self):
        super().__init__()
        self.urls = []

    async def call(self, peer, method, url, **rest):
        self.urls.append(url)
        raise Unsure("No request was sent.")


def test_the_registry_builds_the_gateway_from_text_settings():
    gateway, _ = GATEWAYS["sinch"](SIGNED, make_gateway_client())

    assert (gateway.name, gateway.acknowledgement, gateway.repeats_safely) == ("vendor", b"OK", False)
