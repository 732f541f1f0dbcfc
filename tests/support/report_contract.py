"""How every gateway must read reports, as tests: inherit `UnsignedReports` or `SignedReports`, and `Batches` if it can.

The class that inherits is the one that inherits `GatewayContract` too, which builds the gateway.
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
from tests.support.gateway_contract import MESSAGE, REPORT_URL, SECRET, TOKEN, shown

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
_REPEATED = settings(
    deadline=None,  # the machine may be busy
    # Each gateway runs it in a class of its own: that is the point of a contract.
    suppress_health_check=[HealthCheck.differing_executors],
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def callback(body: bytes = b"", **changes: object) -> Callback:
    """Make a call to the report address, unsigned and without a token."""
    return replace(Callback(method="POST", headers={}, query={}, body=body, token="", url=REPORT_URL), **changes)


class ReportContract:
    """What signed and unsigned reports have in common."""

    delivered = "delivered"  # the vendor's word for it
    recipient = MESSAGE.to.digits  # "" where the vendor does not tell
    reference = MESSAGE.id  # "" where it takes no id of ours
    values = ANY_JSON  # what may stand in a field of an event

    def event(self, word: str, *, id: str = "v-1", reference: str = MESSAGE.id) -> dict[str, object]:
        """Report one message as the vendor would, as the fields of its event, with the number `MESSAGE.to`."""
        raise NotImplementedError

    def told(self, *events: dict[str, object]) -> Callback:
        """Make the vendor's call that tells of these events, not yet signed; a JSON list unless the vendor differs."""
        return callback(json.dumps(list(events)).encode(), token=TOKEN)

    def sign(self, call: Callback, *, secret: str = SECRET, at: float = NOW) -> Callback:
        """Sign a call as the vendor does; one that signs nothing leaves it as it is."""
        return call

    async def read(self, gateway, call: Callback, *, now: float = NOW) -> list[Report]:
        return await gateway.read_report(self.sign(call), now=now)

    async def test_a_report_is_read(self, reader):
        assert await self.read(reader, self.told(self.event(self.delivered))) == [
            Report(
                vendor_id="v-1",
                status=Status.DELIVERED,
                word=self.delivered,
                reference=self.reference,
                recipient=self.recipient,
            )
        ]

    async def test_an_unknown_word_is_kept_but_moves_nothing(self, reader):
        told = self.told(self.event("carrier\npigeon\u202e" + "x" * 100))

        (report,) = await self.read(reader, told)

        assert (report.status, report.reason) == (Status.UNKNOWN, None)
        assert report.word == "carrierpigeon" + "x" * 51

    async def test_a_report_without_our_reference_still_names_its_message(self, reader):
        (report,) = await self.read(reader, self.told(self.event(self.delivered, reference="")))

        assert (report.vendor_id, report.reference, report.recipient) == ("v-1", "", self.recipient)

    @pytest.mark.parametrize("body", UNREADABLE, ids=lambda body: repr(body[:20]))
    async def test_a_body_that_cannot_be_read_is_refused_without_being_quoted(self, reader, body):
        """A vendor that tries an address with nothing in it may be answered kindly; it reports nothing then."""
        quoted, reports = "", []
        try:
            reports = await self.read(reader, replace(self.told(self.event(self.delivered)), body=body, query={}))
        except (InvalidRequest, BadReport) as refused:
            quoted = shown(refused)

        assert reports == []
        assert "garbage" not in quoted

    @_REPEATED
    @given(body=st.binary(), query=st.dictionaries(st.text(), st.text(), max_size=5))
    async def test_any_bytes_are_read_or_refused(self, body, query):
        told = replace(self.told(self.event(self.delivered)), body=body, query=query)
        await self._read_or_refused(told)

    @_REPEATED
    @given(data=st.data())
    async def test_any_values_in_an_event_are_read_or_refused(self, data):
        event = self.event(self.delivered)
        for fields in [event, *(inner for inner in event.values() if isinstance(inner, dict))]:
            for name in list(fields):
                if data.draw(st.booleans(), label=name):
                    fields[name] = data.draw(self.values, label=name)
        await self._read_or_refused(self.told(event))

    async def _read_or_refused(self, call: Callback) -> None:
        """Whatever arrives becomes reports or one of our errors, and what is kept of it is short."""
        if "kept_reader" not in type(self).__dict__:
            type(self).kept_reader = self._reader()  # hypothesis asks for it hundreds of times
        try:
            reports = await self.read(type(self).kept_reader, call)
        except (InvalidRequest, BadReport):
            return
        for report in reports:
            for text in (report.vendor_id, report.word, report.reference, report.recipient):
                assert len(text) <= 255


class Batches:
    """For vendors that tell of many messages in one call, as a JSON list or wrapped in one by `told`."""

    async def test_reports_come_in_batches_in_any_order_and_twice(self, reader):
        words = [self.delivered, "of no known kind", self.delivered]

        reports = await self.read(reader, self.told(*(self.event(word, id=f"v-{word}") for word in words)))

        assert [report.status for report in reports] == [Status.DELIVERED, Status.UNKNOWN, Status.DELIVERED]
        assert reports[0] == reports[2]

    async def test_an_entry_that_cannot_be_read_does_not_cost_the_others(self, reader):
        told = self.told(17, None, [], {}, self.event(self.delivered), {"message": 5})

        assert [report.vendor_id for report in await self.read(reader, told)] == ["v-1"]

    async def test_a_call_with_thousands_of_reports_is_refused(self, reader):
        """Reading a whole megabyte of them would hold everybody else up for seconds."""
        with pytest.raises(InvalidRequest):
            await self.read(reader, self.told(*[self.event(self.delivered)] * 1001))

    async def test_an_empty_batch_reports_nothing(self, reader):
        assert await self.read(reader, self.told()) == []


class UnsignedReports(ReportContract):
    """For vendors that sign nothing: the address has a secret part."""

    @pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], f"{TOKEN}x", TOKEN.upper(), "\udcff", "ключ"])
    def test_an_address_with_a_wrong_token_is_not_known(self, reader, token):
        """Before the body is read, or strangers could try our parsers, and our memory."""
        assert not reader.knows(token)
        assert reader.knows(TOKEN)


class SignedReports(ReportContract):
    """For vendors that sign: nothing that the signature covers may change."""

    signature_headers: tuple[str, ...] = ()  # those that must be there, untouched, in small letters
    signs_body = True
    signs_url = False
    good_for: float | None = None  # seconds; None where the signature tells no time

    def told(self, *events: dict[str, object]) -> Callback:
        return callback(json.dumps(list(events)).encode())

    def tampered(self, call: Callback) -> Iterator[tuple[str, Callback]]:
        """Change a signed call in every part, one at a time; vendors with signatures elsewhere add theirs."""
        if self.signs_body:
            middle = len(call.body) // 2
            yield "a bit of the body", replace(call, body=_flip(call.body, middle))
            yield "the body's end", replace(call, body=call.body[:-1])
            yield "something behind the body", replace(call, body=call.body + b" ")
            yield "the whole body", replace(call, body=self.told(self.event(self.delivered, id="v-2")).body)
        if self.signs_url:
            yield "the host", replace(call, url=call.url.replace("otp.example", "otq.example"))
            yield "the path", replace(call, url=call.url.replace("/v1/", "/v2/"))
            yield "the query", replace(call, url=call.url + ("&" if "?" in call.url else "?") + "x=1")
        for name in self.signature_headers:
            without = {other: value for other, value in call.headers.items() if other != name}
            yield f"no {name}", replace(call, headers=without)
            for changed in _changed(call.headers[name]):
                yield f"{name} {changed[:20]!r}", replace(call, headers={**without, name: changed})

    def test_only_an_address_without_a_token_is_known(self, reader):
        assert reader.knows("")
        assert not reader.knows("x")

    async def test_a_call_that_was_changed_in_any_part_is_refused(self, reader):
        signed = self.sign(self.told(self.event(self.delivered)))

        taken = [part for part, call in self.tampered(signed) if await _is_taken(reader.read_report, call)]

        assert taken == []

    async def test_a_call_that_somebody_else_signed_is_refused(self, reader):
        told = self.told(self.event(self.delivered))
        for forged in (told, self.sign(told, secret=OTHER_SECRET)):
            with pytest.raises(BadReport):
                await reader.read_report(forged, now=NOW)

    async def test_a_call_is_good_for_minutes(self, reader):
        """Who overhears one cannot play it again for ever; nor can a clock that runs ahead make it last."""
        if self.good_for is None:
            return
        signed = self.sign(self.told(self.event(self.delivered)))

        assert await _is_taken(reader.read_report, signed, now=NOW + self.good_for - 1)
        assert not await _is_taken(reader.read_report, signed, now=NOW + self.good_for + 1)
        assert not await _is_taken(reader.read_report, signed, now=NOW - self.good_for - 1)


async def _is_taken(read: Callable[..., object], call: Callback, *, now: float = NOW) -> bool:
    """Tell whether a call was believed; anything but a `BadReport` is."""
    try:
        await read(call, now=now)
    except BadReport:
        return False
    return True


def _flip(value: bytes, place: int) -> bytes:
    return value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]


def _changed(value: str) -> list[str]:
    """Spell a signature wrongly in every way that is tried in practice."""
    other = "A" if value[:1] != "A" else "B"
    return ["", " ", "0", "ä", other + value[1:], value[:-4], value[:-1] + "é", "\udcff"]
