"""The report contract: tests that a gateway's test class inherits from `UnsignedReports` or `SignedReports`.

A vendor that reports in batches adds `Batches`. The class also inherits `GatewayContract`, which builds the gateway;
the order of these does not matter.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import BadReport, InvalidRequest
from app.domain.message import Callback, Report
from app.domain.status import Status
from tests.support.contract import Contract
from tests.support.gateway_contract import MESSAGE, REPORT_URL, SECRET, TOKEN, error_text

NOW = 1_790_000_000.0
OTHER_SECRET = "an0ther-s3cret-of-s0mebody"
UNREADABLE = [
    b"",
    b"\x00\xff\xfe garbage",
    b'{"id": "\xff"}',
    b"id=%ff",
    b"[" * 100_000,
    b'{"id":' * 5_000,
    b'{"id": ' + b"9" * 10_000 + b', "status": ' + b"9" * 10_000,
    b"17",
    b'"delivered"',
    b"null",
    b"{}",
    b"[[]]",
    b"<xml/>",
    b"&" * 10_000,
]
_PROPERTY_SETTINGS = settings(
    deadline=None,  # the machine may be slow
    # Each gateway runs the test in its own class, as intended.
    suppress_health_check=[HealthCheck.differing_executors],
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def callback(body: bytes = b"", **changes: object) -> Callback:
    """Build a call to the report address, unsigned and without a token."""
    return replace(Callback(method="POST", headers={}, query={}, body=body, token="", url=REPORT_URL), **changes)


class ReportContract(Contract):
    """The tests of signed and unsigned reports."""

    delivered = "delivered"  # the vendor's status of a delivered message
    recipient = MESSAGE.to.digits  # "" if the vendor does not report the number
    reference = MESSAGE.id  # "" if the vendor accepts no id of ours
    values = ANY_JSON  # possible values of an event's field

    def event(self, word: str, *, id: str = "v-1", reference: str = MESSAGE.id) -> dict[str, object]:
        """Return the vendor's event of one message to `MESSAGE.to`, as fields."""
        raise self.left_out("event")

    def report_call(self, *events: dict[str, object]) -> Callback:
        """Return the vendor's unsigned call with these events, as a JSON list unless the vendor differs."""
        return callback(json.dumps(list(events)).encode(), token=TOKEN)

    def sign(self, call: Callback, *, secret: str = SECRET, at: float = NOW) -> Callback:
        """Sign a call as the vendor does; unchanged if the vendor does not sign."""
        return call

    async def read(self, gateway, call: Callback, *, now: float = NOW) -> list[Report]:
        return await gateway.read_report(self.sign(call), now=now)

    async def test_a_delivered_report_is_read(self, reader):
        assert await self.read(reader, self.report_call(self.event(self.delivered))) == [
            Report(
                vendor_id="v-1",
                status=Status.DELIVERED,
                word=self.delivered,
                reference=self.reference,
                recipient=self.recipient,
            )
        ]

    async def test_an_unknown_status_becomes_unknown_and_keeps_its_word(self, reader):
        report_call = self.report_call(self.event("carrier\npigeon\u202e" + "x" * 100))

        (report,) = await self.read(reader, report_call)

        assert (report.status, report.reason) == (Status.UNKNOWN, None)
        assert report.word == "carrierpigeon" + "x" * 51

    async def test_a_report_without_our_reference_has_the_vendors_id(self, reader):
        (report,) = await self.read(reader, self.report_call(self.event(self.delivered, reference="")))

        assert (report.vendor_id, report.reference, report.recipient) == ("v-1", "", self.recipient)

    @pytest.mark.parametrize("body", UNREADABLE, ids=lambda body: repr(body[:20]))
    async def test_an_unreadable_body_is_rejected_without_being_quoted(self, reader, body):
        """An empty call, with which a vendor tests the address, may be accepted without reports."""
        quoted, reports = "", []
        try:
            reports = await self.read(
                reader, replace(self.report_call(self.event(self.delivered)), body=body, query={})
            )
        except (InvalidRequest, BadReport) as refused:
            quoted = error_text(refused)

        assert reports == []
        assert "garbage" not in quoted

    @_PROPERTY_SETTINGS
    @given(body=st.binary(), query=st.dictionaries(st.text(), st.text(), max_size=5))
    async def test_any_bytes_are_read_or_rejected(self, body, query):
        report_call = replace(self.report_call(self.event(self.delivered)), body=body, query=query)
        await self._assert_read_or_rejected(report_call)

    @_PROPERTY_SETTINGS
    @given(data=st.data())
    async def test_any_values_in_an_event_are_read_or_rejected(self, data):
        event = self.event(self.delivered)
        for fields in [event, *(inner for inner in event.values() if isinstance(inner, dict))]:
            for name in list(fields):
                if data.draw(st.booleans(), label=name):
                    fields[name] = data.draw(self.values, label=name)
        await self._assert_read_or_rejected(self.report_call(event))

    async def _assert_read_or_rejected(self, call: Callback) -> None:
        """Assert that a call yields reports with short fields, or one of our errors."""
        if "shared_reader" not in type(self).__dict__:
            type(self).shared_reader = self._reader()  # hypothesis uses it hundreds of times
        try:
            reports = await self.read(type(self).shared_reader, call)
        except (InvalidRequest, BadReport):
            return
        for report in reports:
            for text in (report.vendor_id, report.word, report.reference, report.recipient):
                assert len(text) <= 255


class Batches:
    """For vendors that report several messages in one call, as a JSON list or as `report_call` wraps it."""

    async def test_a_batch_may_be_unordered_and_contain_duplicates(self, reader):
        words = [self.delivered, "of no known kind", self.delivered]

        reports = await self.read(reader, self.report_call(*(self.event(word, id=f"v-{word}") for word in words)))

        assert [report.status for report in reports] == [Status.DELIVERED, Status.UNKNOWN, Status.DELIVERED]
        assert reports[0] == reports[2]

    async def test_an_unreadable_entry_does_not_lose_the_others(self, reader):
        report_call = self.report_call(17, None, [], {}, self.event(self.delivered), {"message": 5})

        assert [report.vendor_id for report in await self.read(reader, report_call)] == ["v-1"]

    async def test_a_call_with_more_than_1000_reports_is_rejected(self, reader):
        """Reading a megabyte of reports would block other requests for seconds."""
        with pytest.raises(InvalidRequest):
            await self.read(reader, self.report_call(*[self.event(self.delivered)] * 1001))

    async def test_an_empty_batch_reports_nothing(self, reader):
        assert await self.read(reader, self.report_call()) == []


class UnsignedReports(ReportContract):
    """For vendors that sign nothing: the report address contains a secret token."""

    @pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], f"{TOKEN}x", TOKEN.upper(), "\udcff", "ключ"])
    def test_only_the_configured_token_is_accepted(self, reader, token):
        """The token is checked before the body is read, so unauthenticated input reaches no parser."""
        assert not reader.accepts_token(token)
        assert reader.accepts_token(TOKEN)


class SignedReports(ReportContract):
    """For vendors that sign: no signed part may change."""

    signature_headers: tuple[str, ...]  # in lower case, each required and unchanged; () if no header is signed or signs
    max_age: float | None  # seconds; None if the signature covers no time
    signs_body = True
    signs_url = False

    def report_call(self, *events: dict[str, object]) -> Callback:
        return callback(json.dumps(list(events)).encode())

    def tampered(self, call: Callback) -> Iterator[tuple[str, Callback]]:
        """Yield copies of a signed call with one part changed; vendors that sign other parts add theirs."""
        if self.signs_body:
            middle = len(call.body) // 2
            yield "a bit of the body", replace(call, body=_flip(call.body, middle))
            yield "the body's end", replace(call, body=call.body[:-1])
            yield "trailing data after the body", replace(call, body=call.body + b" ")
            yield "the whole body", replace(call, body=self.report_call(self.event(self.delivered, id="v-2")).body)
        if self.signs_url:
            yield "the host", replace(call, url=call.url.replace("otp.example", "otq.example"))
            yield "the path", replace(call, url=call.url.replace("/v1/", "/v2/"))
            yield "the query", replace(call, url=call.url + ("&" if "?" in call.url else "?") + "x=1")
        for name in self.signature_headers:
            without = {other: value for other, value in call.headers.items() if other != name}
            yield f"no {name}", replace(call, headers=without)
            for changed in _changed(call.headers[name]):
                yield f"{name} {changed[:20]!r}", replace(call, headers={**without, name: changed})

    def test_only_an_empty_token_is_accepted(self, reader):
        assert reader.accepts_token("")
        assert not reader.accepts_token("x")

    async def test_a_call_changed_in_any_signed_part_is_rejected(self, reader):
        call = self.report_call(self.event(self.delivered))
        signed = self.sign(call)
        added = {name for name, value in signed.headers.items() if call.headers.get(name) != value}

        assert added <= set(self.signature_headers), "name each header of the signature in `signature_headers`"
        accepted = [part for part, call in self.tampered(signed) if await _is_accepted(reader.read_report, call)]

        assert accepted == []

    async def test_a_call_signed_with_another_secret_is_rejected(self, reader):
        report_call = self.report_call(self.event(self.delivered))
        for forged in (report_call, self.sign(report_call, secret=OTHER_SECRET)):
            with pytest.raises(BadReport):
                await reader.read_report(forged, now=NOW)

    async def test_a_signature_expires(self, reader):
        """A recorded call cannot be replayed later, nor before its time."""
        call = self.report_call(self.event(self.delivered))
        signed = self.sign(call)
        if self.max_age is None:
            assert self.sign(call, at=NOW + 1) == signed, "set `max_age`: the signature covers a time"
            return

        assert await _is_accepted(reader.read_report, signed, now=NOW + self.max_age - 1)
        assert not await _is_accepted(reader.read_report, signed, now=NOW + self.max_age + 1)
        assert not await _is_accepted(reader.read_report, signed, now=NOW - self.max_age - 1)


async def _is_accepted(read: Callable[..., object], call: Callback, *, now: float = NOW) -> bool:
    """Return whether a call raises no `BadReport`."""
    try:
        await read(call, now=now)
    except BadReport:
        return False
    return True


def _flip(value: bytes, index: int) -> bytes:
    return value[:index] + bytes([value[index] ^ 1]) + value[index + 1 :]


def _changed(value: str) -> list[str]:
    """Return invalid variants of a signature."""
    other = "A" if value[:1] != "A" else "B"
    return ["", " ", "0", "ä", other + value[1:], value[:-4], value[:-1] + "é", "\udcff"]
