"""What every gateway must do, as tests: a gateway's test file inherits them and says how its vendor talks."""

import asyncio
import json
import traceback
from dataclasses import replace
from urllib.parse import parse_qsl, unquote

import pytest

from app.domain.gateway import GatewayError, Refused, Unreachable, Unsure
from app.domain.message import Message
from app.domain.phone_number import PhoneNumber
from app.gateways.gateway_client import GatewayClient
from app.http_client import HttpClientPool, Timeouts
from tests.support.fake_vendor import Answer, Request, Trouble, Vendor, nobody, warm_up

TOKEN = "r3p0rt-t0ken-r3p0rt-t0ken"
SECRET = "s3cret-of-the-account"
CODE = "482913"
MESSAGE = Message(
    id="m-8RZ2vJ0w",
    to=PhoneNumber("+31612345678", "31", "NL"),
    text=f"{CODE} is your Acme code.",
    valid_for=300,
)
HIDDEN = [CODE, "612345678", TOKEN, SECRET]

REPORT_URL = "https://otp.example.com/v1/reports/vendor"
UNCERTAIN = [
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
]


def make_wire(http_pool: HttpClientPool | None = None) -> GatewayClient:
    """Make the way to a vendor that is named `vendor`."""
    return GatewayClient("vendor", REPORT_URL, http_pool or HttpClientPool())


def said(request: Request) -> str:
    """Everything that a vendor was sent, decoded: address, and JSON or form."""
    body = request.body.decode()
    decoded = json.dumps(json.loads(body)) if body[:1] in {"{", "["} else json.dumps(dict(parse_qsl(body)))
    return f"{unquote(request.target)} {decoded}"


def shown(error: BaseException) -> str:
    """Everything that a log could show of an error, its causes included."""
    return f"{error!r} {error} {vars(error)} {''.join(traceback.format_exception(error))}"


class GatewayContract:
    """Inherit, set the vendor's answers, and build the gateway with `SECRET` and, where it signs nothing, `TOKEN`."""

    good_answer: Answer
    good_id: str
    refusal: Answer  # the vendor says no, in its own words
    account: Answer | None = None  # what it says of the account, where it can be asked
    account_said: str  # what `check` makes of it
    takes_our_id = True

    def build(self, url: str, client: GatewayClient):
        """Make the gateway, so that it calls this address."""
        raise NotImplementedError

    @pytest.fixture
    async def vendor(self):
        async with Vendor(self.good_answer) as vendor:
            yield vendor

    @pytest.fixture
    async def gateway(self, vendor):
        http_pool = HttpClientPool(Timeouts(connect=1.0, total=5.0))
        yield self.build(vendor.url, make_wire(http_pool))
        await http_pool.close()

    @pytest.fixture
    async def hasty(self, vendor):
        http_pool = HttpClientPool()
        bounded = replace(make_wire(http_pool), timeouts=Timeouts(connect=0.2, total=0.3))
        await warm_up(self.build(nobody(), bounded).send(MESSAGE))
        yield self.build(vendor.url, bounded)
        await http_pool.close()

    @pytest.fixture
    def reader(self):
        return self._reader()

    def _reader(self):
        """Build a gateway that is only read with: it opens no connection."""
        return self.build(nobody(), make_wire())

    async def test_an_accepted_message_has_the_vendors_id(self, gateway, vendor):
        assert (await gateway.send(MESSAGE)).id == self.good_id
        assert len(vendor.requests) == 1

    async def test_the_vendor_is_given_number_text_and_our_id(self, gateway, vendor):
        await gateway.send(MESSAGE)

        everything = said(vendor.requests[0])
        assert MESSAGE.to.digits in everything
        assert MESSAGE.text in everything
        assert (MESSAGE.id in everything) is self.takes_our_id

    async def test_a_refused_message_says_why(self, gateway, vendor):
        vendor.answers(self.refusal)

        with pytest.raises(Refused):
            await gateway.send(MESSAGE)

    async def test_where_nobody_listens_nothing_was_sent(self):
        http_pool = HttpClientPool()
        with pytest.raises(Unreachable):
            await self.build(nobody(), make_wire(http_pool)).send(MESSAGE)
        await http_pool.close()

    async def test_throttling_says_when_to_come_back(self, gateway, vendor):
        vendor.answers(Answer(429, headers={"retry-after": "7"}))

        with pytest.raises(Unreachable) as unreachable:
            await gateway.send(MESSAGE)

        assert unreachable.value.after == 7

    async def test_a_closed_vendor_took_nothing(self, gateway, vendor):
        vendor.answers(Answer(503, body=b"<h1>Back soon</h1>"))

        with pytest.raises(Unreachable):
            await gateway.send(MESSAGE)

    async def test_without_a_readable_answer_it_may_have_been_sent(self, gateway, vendor, subtests):
        for answer in UNCERTAIN:
            with subtests.test(str(answer)[:60]):
                vendor.answers(answer)

                with pytest.raises(Unsure):
                    await gateway.send(MESSAGE)

    async def test_a_vendor_that_hangs_may_have_sent_it(self, hasty, vendor):
        """Whether it sends no answer or only the beginning of one."""
        vendor.answers(Trouble.HANG, Trouble.DRIP)

        sent = await asyncio.gather(hasty.send(MESSAGE), hasty.send(MESSAGE), return_exceptions=True)

        assert [type(outcome) for outcome in sent] == [Unsure, Unsure]

    async def test_a_redirect_is_not_followed(self, gateway, vendor):
        """It would carry the code and the account's key to another address."""
        vendor.answers(Answer(308, headers={"location": f"{vendor.url}/elsewhere"}))

        with pytest.raises(Refused):
            await gateway.send(MESSAGE)

        assert len(vendor.requests) == 1

    async def test_an_error_repeats_no_secret_though_the_vendor_echoes_all(self, gateway, vendor, subtests):
        echo = f"no: {MESSAGE.text} {MESSAGE.to.e164} {TOKEN} {SECRET}"
        for status in [200, 400, 401, 429, 500, 503]:
            with subtests.test(str(status)):
                body = {"error": echo, "message": echo, "errorMsg": echo}
                vendor.answers(Answer(status, json=body, headers={"retry-after": echo}))

                with pytest.raises(GatewayError) as failure:
                    await gateway.send(MESSAGE)

                assert not [hidden for hidden in HIDDEN if hidden in shown(failure.value)]

    def test_a_gateway_does_not_print_its_secrets(self, reader):
        printed = f"{reader!r} {reader} {vars(reader)}"

        assert not [hidden for hidden in HIDDEN if hidden in printed]

    async def test_the_account_can_be_looked_at_without_sending(self, gateway, vendor):
        """`otp gateways check` must not cost an SMS, and an SMS must not be what it asks with."""
        if self.account:
            vendor.answers(self.account)

        assert await gateway.check() == self.account_said
        assert len(vendor.requests) == (1 if self.account else 0)

    @pytest.mark.parametrize(
        ("answer", "failure"), [(Answer(401, json={"error": SECRET}), Refused), (Answer(503), Unreachable)], ids=str
    )
    async def test_an_account_that_does_not_work_says_why(self, gateway, vendor, answer, failure):
        if self.account is None:
            return  # it was not asked at all, as the test above shows
        vendor.answers(answer)

        with pytest.raises(failure) as failed:
            await gateway.check()

        assert SECRET not in shown(failed.value)
