from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import strategies as st

from app.domain.errors import BadReport, InvalidRequest
from app.domain.message import Report
from app.domain.status import Reason, Status
from app.gateways.vonage import STATUS, Vonage
from tests.support.fake_vendor import nobody
from tests.support.gateway_contract import MESSAGE, TOKEN, make_wire
from tests.support.report_contract import NOW, SignedReports, UnsignedReports, callback
from tests.support.vonage import SETTINGS, ByJson, ByQuery, event, recorded, sign

SIGNED_AT = 1582650446.0
UNSIGNED = {**SETTINGS, "signature_secret": None, "report_token": TOKEN}


class Read:
    """A gateway that is only read with."""

    @pytest.fixture
    def reader(self):
        return self._reader()

    def _reader(self):
        return self.build(nobody(), make_wire())


class TestJson(Read, ByJson, SignedReports):
    """Everything that reports must do, as JSON."""


class TestQuery(Read, ByQuery, SignedReports):
    """Everything that reports must do, in the query of a GET."""


class TestUnsigned(Read, UnsignedReports):
    """Everything that reports must do for an account whose reports Vonage does not sign."""

    values = st.text()

    def build(self, url, client):
        return Vonage(Vonage.Settings(**UNSIGNED, url=url), client)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return event(word, id=id, reference=reference)

    def told(self, *events):
        return callback(urlencode(events[0]).encode(), token=TOKEN)


@pytest.fixture
def vonage():
    return Vonage(Vonage.Settings(**{**SETTINGS, "signature_secret": "signature_secret"}), make_wire())


@pytest.mark.parametrize(
    "call",
    [
        callback(recorded("report.json")),
        callback(recorded("report.txt")),
        callback(method="GET", query=dict(parse_qsl(recorded("report.txt").decode()))),
    ],
    ids=["json", "form", "query"],
)
async def test_a_documented_receipt_is_read_however_it_is_sent(vonage, call):
    assert await vonage.read_report(call, now=SIGNED_AT) == [
        Report("0A0000001234567B", Status.DELIVERED, "delivered", None, "my-personal-reference", "447700900000")
    ]


@pytest.mark.parametrize("call", [callback(), callback(method="GET"), callback(b"{}")], ids=["post", "get", "json"])
async def test_an_address_that_is_only_tried_reports_nothing(vonage, call):
    """Vonage does so when an address is set up; it signs nothing then, and wants to be answered kindly."""
    assert await vonage.read_report(call, now=NOW) == []


async def test_an_sms_that_came_in_is_let_pass():
    unsigned = Vonage(Vonage.Settings(**UNSIGNED), make_wire())

    assert await unsigned.read_report(callback(recorded("event_inbound.json")), now=NOW) == []


async def test_an_sms_that_came_in_is_refused_if_nobody_signed_it(vonage):
    with pytest.raises(BadReport):
        await vonage.read_report(callback(recorded("event_inbound.json")), now=NOW)


@pytest.mark.parametrize("lost", ["messageId", "status"])
async def test_a_receipt_without_an_id_or_a_status_is_refused(vonage, lost):
    told = sign({**event("delivered"), lost: " "}, secret="signature_secret")

    with pytest.raises(InvalidRequest):
        await vonage.read_report(callback(urlencode(told).encode()), now=NOW)


@pytest.mark.parametrize("method", ["md5hash", "md5", "sha1", "sha512"])
async def test_the_method_is_the_accounts(method):
    """A call does not tell its method: whoever forges one may not choose it either."""
    own = Vonage(Vonage.Settings(**SETTINGS, signature_method=method), make_wire())

    with pytest.raises(BadReport):
        await own.read_report(callback(urlencode(sign(event("delivered"))).encode()), now=NOW)


@pytest.mark.parametrize(("word", "status"), STATUS.items())
async def test_each_word_has_a_meaning(word, status):
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
async def test_a_failure_has_a_reason(word, code, reason):
    report = await _read(word, code)

    assert (report.status, report.reason, report.word) == (Status.FAILED, reason, f"{word} {code}")


async def test_an_sms_that_expired_may_say_why():
    assert (await _read("expired", "2")).reason is Reason.UNREACHABLE_TEMPORARY


async def _read(word: str, code: str) -> Report:
    told = sign({**event(word), "err-code": code})
    vonage = Vonage(Vonage.Settings(**SETTINGS), make_wire())
    (report,) = await vonage.read_report(callback(urlencode(told).encode()), now=NOW)
    return report
