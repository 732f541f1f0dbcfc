"""Vonage's delivery receipts in every format."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import strategies as st

from app.domain.errors import BadReport, InvalidRequest
from app.domain.message import Report
from app.domain.status import Reason, Status
from app.gateways.vonage import STATUS, Vonage
from tests.support.fake_vendor import unused_url
from tests.support.gateway_contract import MESSAGE, TOKEN, make_gateway_client
from tests.support.report_contract import NOW, SignedReports, UnsignedReports, callback
from tests.support.vonage import SETTINGS, ByJson, ByQuery, event, recorded, sign

SIGNED_AT = 1582650446.0
UNSIGNED = {**SETTINGS, "signature_secret": None, "report_token": TOKEN}


class Read:
    """A gateway that reads reports and opens no connection."""

    @pytest.fixture
    def reader(self):
        return self._reader()

    def _reader(self):
        return self.build(unused_url(), make_gateway_client())


class TestJson(Read, ByJson, SignedReports):
    """The contract of signed reports, as JSON."""


class TestQuery(Read, ByQuery, SignedReports):
    """The contract of signed reports, in the query of a GET."""


class TestUnsigned(Read, UnsignedReports):
    """The contract of unsigned reports, for an account whose reports Vonage does not sign."""

    values = st.text()

    def build(self, url, client):
        return Vonage(Vonage.Settings(**UNSIGNED, url=url), client)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return event(word, id=id, reference=reference)

    def report_call(self, *events):
        return callback(urlencode(events[0]).encode(), token=TOKEN)


@pytest.fixture
def vonage():
    return Vonage(Vonage.Settings(**{**SETTINGS, "signature_secret": "signature_secret"}), make_gateway_client())


@pytest.mark.parametrize(
    "call",
    [
        callback(recorded("report.json")),
        callback(recorded("report.txt")),
        callback(method="GET", query=dict(parse_qsl(recorded("report.txt").decode()))),
    ],
    ids=["json", "form", "query"],
)
async def test_the_documented_receipt_is_read_in_every_format(vonage, call):
    assert await vonage.read_report(call, now=SIGNED_AT) == [
        Report("0A0000001234567B", Status.DELIVERED, "delivered", None, "my-personal-reference", "447700900000")
    ]


@pytest.mark.parametrize("call", [callback(), callback(method="GET"), callback(b"{}")], ids=["post", "get", "json"])
async def test_an_empty_call_reports_nothing(vonage, call):
    """Vonage sends an unsigned empty call when an address is set up, and expects a 2xx."""
    assert await vonage.read_report(call, now=NOW) == []


async def test_an_incoming_sms_reports_nothing():
    unsigned = Vonage(Vonage.Settings(**UNSIGNED), make_gateway_client())

    assert await unsigned.read_report(callback(recorded("event_inbound.json")), now=NOW) == []


async def test_an_unsigned_incoming_sms_is_rejected(vonage):
    with pytest.raises(BadReport):
        await vonage.read_report(callback(recorded("event_inbound.json")), now=NOW)


@pytest.mark.parametrize("lost", ["messageId", "status"])
async def test_a_receipt_without_an_id_or_a_status_is_rejected(vonage, lost):
    report_call = sign({**event("delivered"), lost: " "}, secret="signature_secret")

    with pytest.raises(InvalidRequest):
        await vonage.read_report(callback(urlencode(report_call).encode()), now=NOW)


@pytest.mark.parametrize("method", ["md5hash", "md5", "sha1", "sha512"])
async def test_only_the_accounts_signature_method_is_accepted(method):
    """A call does not name its method, so that a forger cannot choose it."""
    own = Vonage(Vonage.Settings(**SETTINGS, signature_method=method), make_gateway_client())

    with pytest.raises(BadReport):
        await own.read_report(callback(urlencode(sign(event("delivered"))).encode()), now=NOW)


@pytest.mark.parametrize(("word", "status"), STATUS.items())
async def test_each_vendor_status_maps_to_a_status(word, status):
    report = await _read(word, "0")

    assert report.status is status
    assert report.reason is {Status.EXPIRED: Reason.EXPIRED, Status.FAILED: Reason.UNKNOWN}.get(status)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("1", Reason.UNKNOWN),
        ("2", Reason.UNREACHABLE_TEMPORARY),
        ("3", Reason.UNREACHABLE_PERMANENT),
        ("4", Reason.BLOCKED_DESTINATION),
        ("5", Reason.PROVIDER_ERROR),
        ("6", Reason.CONTENT_REJECTED),
        ("7", Reason.UNREACHABLE_TEMPORARY),
        ("8", Reason.PROVIDER_ERROR),
        ("9", Reason.OPTED_OUT),
        ("10", Reason.CONTENT_REJECTED),
        ("11", Reason.PROVIDER_ERROR),
        ("12", Reason.PROVIDER_ERROR),
        ("13", Reason.BLOCKED_DESTINATION),
        ("14", Reason.BLOCKED_DESTINATION),
        ("15", Reason.UNREACHABLE_TEMPORARY),
        ("16", Reason.PROVIDER_ERROR),
        ("51", Reason.CONTENT_REJECTED),
        ("54", Reason.CONTENT_REJECTED),
        ("99", Reason.UNKNOWN),
        ("4711", Reason.UNKNOWN),
    ],
)
@pytest.mark.parametrize("word", ["failed", "rejected"])
async def test_each_failure_code_maps_to_a_reason(word, code, reason):
    report = await _read(word, code)

    assert (report.status, report.reason, report.word) == (Status.FAILED, reason, f"{word} {code}")


async def test_an_expired_sms_may_have_another_reason():
    assert (await _read("expired", "2")).reason is Reason.UNREACHABLE_TEMPORARY


async def _read(word: str, code: str) -> Report:
    report_call = sign({**event(word), "err-code": code})
    vonage = Vonage(Vonage.Settings(**SETTINGS), make_gateway_client())
    (report,) = await vonage.read_report(callback(urlencode(report_call).encode()), now=NOW)
    return report
