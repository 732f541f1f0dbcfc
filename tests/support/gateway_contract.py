"""The gateway contract: tests that every gateway's test class inherits."""

import asyncio
import inspect
import json
import traceback
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, unquote

import pytest

from app.domain.gateway import GatewayError, Refused, Unreachable, Unsure
from app.domain.message import Message
from app.domain.phone_number import PhoneNumber
from app.domain.status import Reason
from app.gateways.base_gateway import BaseGateway
from app.gateways.gateway_client import GatewayClient
from app.http_client.pool import HttpClientPool, Timeouts
from tests.support.contract import Contract
from tests.support.fake_vendor import Answer, Fault, Request, Vendor, unused_url, warm_up

TOKEN = "r3p0rt-t0ken-r3p0rt-t0ken"
SECRET = "s3cret-of-the-account"
CODE = "482913"
MESSAGE = Message(
    id="m-8RZ2vJ0w",
    to=PhoneNumber("+31612345678", "31", "NL"),
    text=f"{CODE} is your Acme code.",
    valid_for=300,
    code=CODE,
)
HIDDEN = [CODE, "612345678", TOKEN, SECRET]

REPORT_URL = "https://otp.example.com/v1/reports/vendor"
UNCLEAR_RESPONSES = [
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
    Fault.RESET,
    Fault.RESET_FIRST,
]
ODD_PRICES = [None, "", "free", "1,5", "-1", -1, 1e300, True, [0.1], {"EUR": 0.1}]
SENDER_NUMBER = "+4915112345678"


def make_gateway_client(http_pool: HttpClientPool | None = None) -> GatewayClient:
    """Build a client for a gateway that is named `vendor`."""
    return GatewayClient("vendor", REPORT_URL, http_pool or HttpClientPool())


def request_text(request: Request) -> str:
    """Return the decoded request of a gateway: its target, and its JSON or form."""
    body = request.body.decode()
    decoded = json.dumps(json.loads(body)) if body[:1] in {"{", "["} else json.dumps(dict(parse_qsl(body)))
    return f"{unquote(request.target)} {decoded}"


def error_text(error: BaseException) -> str:
    """Return everything that a log could show of an error, with its causes."""
    return f"{error!r} {error} {vars(error)} {''.join(traceback.format_exception(error))}"


def request_values(request: Request) -> dict[str, str]:
    """Return each value of a request, in its query and its JSON or form, by the path to it."""
    body = request.body.decode()
    fields = json.loads(body) if body[:1] in {"{", "["} else dict(parse_qsl(body))
    return dict(_leaves({"query": request.query, "body": fields}))


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, inner in value.items():
                yield from _leaves(inner, f"{path}.{name}")
        case list():
            for index, inner in enumerate(value):
                yield from _leaves(inner, f"{path}.{index}")
        case _:
            yield path, str(value)


def _is_below_one(text: str) -> bool:
    """Return whether a text is a number below 1."""
    try:
        return float(text) < 1
    except ValueError:
        return False


def _with_field(document: object, name: str, *values: object) -> object:
    """Return a JSON document with another value in each field of this name, or without these fields."""
    if isinstance(document, list):
        return [_with_field(inner, name, *values) for inner in document]
    if not isinstance(document, dict):
        return document
    others = {other: _with_field(inner, name, *values) for other, inner in document.items() if other != name}
    return others | ({name: values[0]} if values and name in document else {})


class GatewayContract(Contract):
    """Subclasses set the vendor's responses, and build the gateway with `SECRET` and, if it signs nothing, `TOKEN`."""

    good_answer: Answer
    good_id: str
    refusal: Answer  # a documented refusal of the vendor's
    unlisted_error: Answer | None  # a refusal whose code is in no table; None if no code comes in a body
    price_at: str | None  # the field of `good_answer` that holds the price; None if the gateway reads none
    sender_has_plus: bool | None  # whether a sender that is a number is sent with its +; None if no sender is sent
    account: Answer | None  # the response to `check`; None if it makes no request
    account_summary: str  # what `check` returns
    takes_our_id = True
    sent_text = MESSAGE.text  # `CODE` for a vendor that writes the text itself

    def build(self, url: str, client: GatewayClient):
        """Build the gateway so that it calls this URL."""
        raise self.left_out("build")

    @pytest.fixture
    async def vendor(self):
        async with Vendor(self.good_answer) as vendor:
            yield vendor

    @pytest.fixture
    async def gateway(self, vendor):
        http_pool = HttpClientPool(Timeouts(connect=1.0, total=5.0))
        yield self.build(vendor.url, make_gateway_client(http_pool))
        await http_pool.close()

    @pytest.fixture
    async def short_timeout_gateway(self, vendor):
        http_pool = HttpClientPool()
        client = replace(make_gateway_client(http_pool), timeouts=Timeouts(connect=0.2, total=0.3))
        await warm_up(self.build(unused_url(), client).send(MESSAGE))
        yield self.build(vendor.url, client)
        await http_pool.close()

    @pytest.fixture
    def reader(self):
        return self._reader()

    def _reader(self):
        """Build a gateway that reads reports and opens no connection."""
        return self.build(unused_url(), make_gateway_client())

    async def test_dlt_ids_are_sent_by_the_gateways_that_take_them(self, gateway, vendor):
        await gateway.send(replace(MESSAGE, entity_id="1101456324675322134", template_id="1107457532145798767"))
        sent = b"".join(request.target.encode() + request.body for request in vendor.requests)

        assert [id in sent for id in (b"1101456324675322134", b"1107457532145798767")] == [gateway.takes_dlt_ids] * 2

    async def test_an_accepted_message_has_the_vendors_id(self, gateway, vendor):
        assert (await gateway.send(MESSAGE)).id == self.good_id
        assert len(vendor.requests) == 1

    async def test_the_request_contains_number_text_and_our_id(self, gateway, vendor):
        await gateway.send(MESSAGE)

        sent = request_text(vendor.requests[0])
        assert MESSAGE.to.digits in sent
        assert self.sent_text in sent
        assert (MESSAGE.id in sent) is self.takes_our_id

    async def test_an_accepted_message_without_a_readable_price_is_accepted(self, gateway, vendor, subtests):
        """An error would send the same SMS again. `balance` raises one, `price` does not."""
        accepted = await gateway.send(MESSAGE)
        if self.price_at is None:
            source = inspect.getsource(type(gateway).send)
            assert accepted.price is None, "set `price_at`: the gateway reads a price"
            assert "price=" not in source, "set `price_at`: the gateway reads a price"
            return
        assert accepted.price, f"give `good_answer` a price in its field {self.price_at}"
        document = json.loads(self.good_answer.body) if self.good_answer.json is None else self.good_answer.json
        answers = [_with_field(document, self.price_at, odd) for odd in ODD_PRICES]
        for answer in [_with_field(document, self.price_at), *answers]:
            with subtests.test(str(answer)):
                vendor.answers(Answer(self.good_answer.status, json=answer))

                accepted = await gateway.send(MESSAGE)

                assert (accepted.id, accepted.price) == (self.good_id, None)

    async def test_a_time_to_live_is_at_least_one(self, gateway, vendor):
        """Vendors refuse 0 or less, or read it as no limit."""
        for valid_for in (300, 0):
            await gateway.send(replace(MESSAGE, valid_for=valid_for))

        usual, shortest = map(request_values, vendor.requests)
        lifetimes = {path: value for path, value in shortest.items() if value != usual.get(path)}
        assert {path: value for path, value in lifetimes.items() if _is_below_one(value)} == {}

    async def test_a_sender_that_is_a_number_is_written_as_the_vendor_wants_it(self, gateway, vendor):
        await gateway.send(replace(MESSAGE, sender=SENDER_NUMBER))

        sent = request_text(vendor.requests[0])
        assert (SENDER_NUMBER[1:] in sent) is (self.sender_has_plus is not None)
        assert (SENDER_NUMBER in sent) is bool(self.sender_has_plus)

    @pytest.mark.parametrize("sender", ["12345", "Acme 2", "A-B", "A_B", "A&B", "A+B"])
    async def test_a_sender_that_the_gateway_takes_is_sent_as_it_is(self, gateway, vendor, sender):
        if gateway.takes_sender(sender):
            await gateway.send(replace(MESSAGE, sender=sender))

            assert (sender in request_values(vendor.requests[0]).values()) is (self.sender_has_plus is not None)

    @pytest.mark.parametrize("status", [200, 400])
    async def test_an_unlisted_error_is_a_refusal(self, gateway, vendor, status):
        """With HTTP 200 it would otherwise count as perhaps sent, and be sent again."""
        if self.unlisted_error is None:
            own = [kind for kind in type(gateway).__mro__ if "_read_error" in vars(kind) and kind is not BaseGateway]
            assert own == [], "set `unlisted_error`: the gateway reads errors in `_read_error`"
            return
        vendor.answers(replace(self.unlisted_error, status=status))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert refused.value.reason is Reason.UNKNOWN
        if self.account:
            vendor.answers(replace(self.unlisted_error, status=status))
            with pytest.raises(Refused):
                await gateway.check()

    async def test_a_refusal_raises_refused(self, gateway, vendor):
        vendor.answers(self.refusal)

        with pytest.raises(Refused):
            await gateway.send(MESSAGE)

    async def test_a_refused_connection_raises_unreachable(self):
        http_pool = HttpClientPool()
        with pytest.raises(Unreachable):
            await self.build(unused_url(), make_gateway_client(http_pool)).send(MESSAGE)
        await http_pool.close()

    async def test_a_429_raises_unreachable_with_its_retry_after(self, gateway, vendor):
        vendor.answers(Answer(429, headers={"retry-after": "7"}))

        with pytest.raises(Unreachable) as unreachable:
            await gateway.send(MESSAGE)

        assert unreachable.value.after == 7

    async def test_a_503_raises_unreachable(self, gateway, vendor):
        vendor.answers(Answer(503, body=b"<h1>Back soon</h1>"))

        with pytest.raises(Unreachable):
            await gateway.send(MESSAGE)

    async def test_an_unclear_response_raises_unsure(self, gateway, vendor, subtests):
        for answer in UNCLEAR_RESPONSES:
            with subtests.test(str(answer)[:60]):
                vendor.answers(answer)

                with pytest.raises(Unsure):
                    await gateway.send(MESSAGE)

    async def test_a_response_timeout_raises_unsure(self, short_timeout_gateway, vendor):
        """The vendor sends no response, or only its beginning."""
        vendor.answers(Fault.HANG, Fault.DRIP)

        sent = await asyncio.gather(
            short_timeout_gateway.send(MESSAGE), short_timeout_gateway.send(MESSAGE), return_exceptions=True
        )

        assert [type(outcome) for outcome in sent] == [Unsure, Unsure]

    async def test_a_redirect_is_not_followed(self, gateway, vendor):
        """A redirect would send the code and the account's key to another address."""
        vendor.answers(Answer(308, headers={"location": f"{vendor.url}/elsewhere"}))

        with pytest.raises(Refused):
            await gateway.send(MESSAGE)

        assert len(vendor.requests) == 1

    async def test_errors_contain_no_secret_that_the_vendor_echoes(self, gateway, vendor, subtests):
        echo = f"no: {MESSAGE.text} {MESSAGE.to.e164} {TOKEN} {SECRET}"
        for status in [200, 400, 401, 429, 500, 503]:
            with subtests.test(str(status)):
                body = {"error": echo, "message": echo, "errorMsg": echo}
                vendor.answers(Answer(status, json=body, headers={"retry-after": echo}))

                with pytest.raises(GatewayError) as failure:
                    await gateway.send(MESSAGE)

                assert not [hidden for hidden in HIDDEN if hidden in error_text(failure.value)]

    def test_the_repr_of_a_gateway_contains_no_secret(self, reader):
        printed = f"{reader!r} {reader} {vars(reader)}"

        assert not [hidden for hidden in HIDDEN if hidden in printed]

    async def test_check_reads_the_account_without_sending_an_sms(self, gateway, vendor):
        """`otp gateways check` must not send an SMS."""
        if self.account:
            vendor.answers(self.account)

        assert await gateway.check() == self.account_summary
        assert len(vendor.requests) == (1 if self.account else 0)

    @pytest.mark.parametrize(
        ("answer", "failure"), [(Answer(401, json={"error": SECRET}), Refused), (Answer(503), Unreachable)], ids=str
    )
    async def test_check_raises_the_failure_without_the_secret(self, gateway, vendor, answer, failure):
        if self.account is None:
            return  # `check` makes no request
        vendor.answers(answer)

        with pytest.raises(failure) as failed:
            await gateway.check()

        assert SECRET not in error_text(failed.value)
