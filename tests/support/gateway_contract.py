"""What every gateway must do, as tests: a gateway's test file inherits them and says how its vendor talks."""

import json
import traceback
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import InvalidRequest
from app.domain.gateway import GatewayError, Refused, Unreachable, Unsure
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.phone import Phone
from app.domain.status import Status
from app.outbound import Outbound
from tests.support.vendor import Answer, Trouble, Vendor, nobody, warm_up

TOKEN = "r3p0rt-t0ken-r3p0rt-t0ken"
SECRET = "s3cret-of-the-account"
CODE = "482913"
MESSAGE = Message(
    id="m-8RZ2vJ0w",
    to=Phone("+31612345678", "31", "NL"),
    text=f"{CODE} is your Acme code.",
    valid_for=300,
)
HIDDEN = [CODE, "612345678", TOKEN, SECRET]

_REPEATED = settings(
    deadline=None,  # the machine may be busy
    max_examples=200,
    # Each gateway runs it in a class of its own: that is the point of a contract.
    suppress_health_check=[HealthCheck.differing_executors],
)


def callback(body: bytes = b"", **changes: object) -> Callback:
    """Make a call to the report address, with the right token."""
    return replace(Callback(method="POST", headers={}, query={}, body=body, token=TOKEN), **changes)


def shown(error: BaseException) -> str:
    """Everything that a log could show of an error, its causes included."""
    return f"{error!r} {error} {vars(error)} {''.join(traceback.format_exception(error))}"


class GatewayContract:
    """Inherit, set the answers and events of the vendor, and build the gateway with `SECRET` and `TOKEN`."""

    good_answer: Answer
    good_id: str
    refusal: Answer  # the vendor says no, in its own words
    delivered = "delivered"  # the vendor's word for it

    def build(self, url: str, outbound: Outbound):
        """Make the gateway, so that it calls this address."""
        raise NotImplementedError

    def event(self, word: str, *, id: str = "v-1", reference: str = MESSAGE.id) -> dict[str, object]:
        """Report one message as the vendor would, as JSON, with the number `MESSAGE.to`."""
        raise NotImplementedError

    @pytest.fixture
    async def vendor(self):
        async with Vendor(self.good_answer) as vendor:
            yield vendor

    @pytest.fixture
    async def gateway(self, vendor):
        outbound = Outbound(connect=1.0, total=5.0)
        yield self.build(vendor.url, outbound)
        await outbound.close()

    @pytest.fixture
    async def hasty(self, vendor):
        outbound = Outbound(connect=0.2, total=0.3)
        await warm_up(self.build(nobody(), outbound).send(MESSAGE))
        yield self.build(vendor.url, outbound)
        await outbound.close()

    @pytest.fixture
    def reader(self):
        return self._reader()

    def _reader(self):
        """Build a gateway that is only read with: it opens no connection."""
        return self.build(nobody(), Outbound())

    # Sending

    async def test_an_accepted_message_has_the_vendors_id(self, gateway, vendor):
        assert await gateway.send(MESSAGE) == Accepted(self.good_id)
        assert len(vendor.requests) == 1

    async def test_the_vendor_is_given_number_text_and_our_id(self, gateway, vendor):
        await gateway.send(MESSAGE)

        said = json.dumps(vendor.requests[0].json())
        assert MESSAGE.to.digits in said
        assert MESSAGE.text in said
        assert MESSAGE.id in said

    async def test_a_refused_message_says_why(self, gateway, vendor):
        vendor.answers(self.refusal)

        with pytest.raises(Refused):
            await gateway.send(MESSAGE)

    async def test_where_nobody_listens_nothing_was_sent(self):
        outbound = Outbound()
        with pytest.raises(Unreachable):
            await self.build(nobody(), outbound).send(MESSAGE)
        await outbound.close()

    async def test_throttling_says_when_to_come_back(self, gateway, vendor):
        vendor.answers(Answer(429, headers={"retry-after": "7"}))

        with pytest.raises(Unreachable) as unreachable:
            await gateway.send(MESSAGE)

        assert unreachable.value.after == 7

    async def test_a_closed_vendor_took_nothing(self, gateway, vendor):
        vendor.answers(Answer(503, body=b"<h1>Back soon</h1>"))

        with pytest.raises(Unreachable):
            await gateway.send(MESSAGE)

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(408),
            Answer(500, json={"oops": 1}),
            Answer(502, body=b"<h1>Bad gateway</h1>"),
            Answer(504),
            Answer(200, body=b'{"id": "v-1", "mess'),
            Answer(200, body=b'{"id": "v', length=100),
            Answer(200, body=b"<html>Welcome</html>"),
            Answer(200, json={"fine": True}),
            Answer(200, json=["v-1"]),
            Answer(200, json={"id": " ", "messageid": " "}),
            Answer(200, json={"id": None, "messageid": {"id": 1}}),
            Answer(200, body=b"null"),
            Answer(200, body=b"[" * 100_000),
            Answer(204),
            Answer(200, body=b"x" * 300_000),
            Trouble.RESET,
            Trouble.RESET_FIRST,
        ],
        ids=lambda answer: str(answer)[:60],
    )
    async def test_without_a_readable_answer_it_may_have_been_sent(self, gateway, vendor, answer):
        vendor.answers(answer)

        with pytest.raises(Unsure):
            await gateway.send(MESSAGE)

    @pytest.mark.parametrize("trouble", [Trouble.HANG, Trouble.DRIP])
    async def test_a_vendor_that_hangs_may_have_sent_it(self, hasty, vendor, trouble):
        vendor.answers(trouble)

        with pytest.raises(Unsure):
            await hasty.send(MESSAGE)

    async def test_a_redirect_is_not_followed(self, gateway, vendor):
        """It would carry the code and the account's key to another address."""
        vendor.answers(Answer(308, headers={"location": f"{vendor.url}/elsewhere"}))

        with pytest.raises(Refused):
            await gateway.send(MESSAGE)

        assert len(vendor.requests) == 1

    @pytest.mark.parametrize("status", [200, 400, 401, 429, 500, 503])
    async def test_an_error_repeats_no_secret_though_the_vendor_echoes_all(self, gateway, vendor, status):
        echo = f"no: {MESSAGE.text} {MESSAGE.to.e164} {TOKEN} {SECRET}"
        vendor.answers(
            Answer(status, json={"error": echo, "message": echo, "errorMsg": echo}, headers={"retry-after": echo})
        )

        with pytest.raises(GatewayError) as failure:
            await gateway.send(MESSAGE)

        assert not [hidden for hidden in HIDDEN if hidden in shown(failure.value)]

    def test_a_gateway_does_not_print_its_secrets(self, reader):
        printed = f"{reader!r} {reader} {vars(reader)}"

        assert not [hidden for hidden in HIDDEN if hidden in printed]

    # Reports

    def test_a_report_is_read(self, reader):
        body = json.dumps(self.event(self.delivered)).encode()

        assert reader.read_report(callback(body)) == [
            Report(
                vendor_id="v-1",
                status=Status.DELIVERED,
                word=self.delivered,
                reference=MESSAGE.id,
                recipient=MESSAGE.to.digits,
            )
        ]

    @pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], f"{TOKEN}x", TOKEN.upper(), "\udcff", "ключ"])
    def test_an_address_with_a_wrong_token_is_not_known(self, reader, token):
        """Before the body is read, or strangers could try our parsers, and our memory."""
        assert not reader.knows(token)
        assert reader.knows(TOKEN)

    def test_reports_come_in_batches_in_any_order_and_twice(self, reader):
        words = [self.delivered, "buffered", self.delivered]
        body = json.dumps([self.event(word, id=f"v-{word}") for word in words]).encode()

        reports = reader.read_report(callback(body))

        assert [report.status for report in reports] == [Status.DELIVERED, Status.BUFFERED, Status.DELIVERED]
        assert reports[0] == reports[2]

    def test_an_entry_that_cannot_be_read_does_not_cost_the_others(self, reader):
        body = json.dumps([17, None, [], {}, self.event(self.delivered), {"message": 5}]).encode()

        assert [report.vendor_id for report in reader.read_report(callback(body))] == ["v-1"]

    def test_an_unknown_word_is_kept_but_moves_nothing(self, reader):
        body = json.dumps(self.event("carrier\npigeon\u202e" + "x" * 100)).encode()

        (report,) = reader.read_report(callback(body))

        assert (report.status, report.reason) == (Status.UNKNOWN, None)
        assert report.word == "carrierpigeon" + "x" * 51

    def test_a_report_without_our_reference_still_names_its_message(self, reader):
        body = json.dumps(self.event(self.delivered, reference="")).encode()

        (report,) = reader.read_report(callback(body))

        assert (report.vendor_id, report.reference, report.recipient) == ("v-1", "", MESSAGE.to.digits)

    def test_a_call_with_thousands_of_reports_is_refused(self, reader):
        """Reading a whole megabyte of them would hold everybody else up for seconds."""
        body = json.dumps([self.event(self.delivered)] * 1001).encode()

        with pytest.raises(InvalidRequest):
            reader.read_report(callback(body))

    def test_an_empty_batch_reports_nothing(self, reader):
        assert reader.read_report(callback(b"[]")) == []

    @pytest.mark.parametrize(
        "body",
        [
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
        ],
        ids=lambda body: repr(body[:20]),
    )
    def test_a_body_that_cannot_be_read_is_refused_without_being_quoted(self, reader, body):
        with pytest.raises(InvalidRequest) as invalid:
            reader.read_report(callback(body))

        assert "garbage" not in shown(invalid.value)

    def test_huge_numbers_are_no_ids(self, reader):
        event = json.dumps(self.event(self.delivered)).replace('"v-1"', "9" * 400)

        with pytest.raises(InvalidRequest):
            reader.read_report(callback(event.encode()))

    @_REPEATED
    @given(body=st.binary(), query=st.dictionaries(st.text(), st.text(), max_size=5))
    def test_any_bytes_are_read_or_refused(self, body, query):
        _read_or_refused(self._reader_once(), callback(body, query=query))

    @_REPEATED
    @given(data=st.data())
    def test_any_values_in_an_event_are_read_or_refused(self, data):
        event = self.event(self.delivered)
        for fields in [event, *(inner for inner in event.values() if isinstance(inner, dict))]:
            for name in list(fields):
                if data.draw(st.booleans(), label=name):
                    fields[name] = data.draw(_JSON, label=name)

        _read_or_refused(self._reader_once(), callback(json.dumps([event]).encode()))

    def _reader_once(self):
        """Keep one reader per class: hypothesis asks for it hundreds of times."""
        if "kept_reader" not in type(self).__dict__:
            type(self).kept_reader = self._reader()
        return type(self).kept_reader


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def _read_or_refused(gateway, call: Callback) -> None:
    """Whatever arrives becomes reports or one of our errors, and what is kept of it is short."""
    try:
        reports = gateway.read_report(call)
    except InvalidRequest:
        return
    for text in _texts(reports):
        assert len(text) <= 255


def _texts(reports: list[Report]) -> Iterator[str]:
    for report in reports:
        yield from (report.vendor_id, report.word, report.reference, report.recipient)
