"""Access tokens by OAuth 2.0 client credentials: fetched once, renewed in time, and a failure sends no SMS."""

import asyncio
from base64 import b64encode
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.status import Reason
from app.gateways.generic.gateway import HttpGateway
from app.gateways.generic.settings import HttpSettings
from app.http_client.pool import HttpClientPool, Timeouts
from tests.support.fake_vendor import Answer, Fault, Vendor
from tests.support.gateway_contract import MESSAGE, SECRET, error_text, make_gateway_client

ACCEPTED = Answer(200, json={"id": "v-1"})
BALANCE = Answer(200, json={"credit": "5.00"})


class FakeClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


class Account:
    """A vendor with a token endpoint: it accepts the newest token only."""

    def __init__(self, vendor: Vendor, http_pool: HttpClientPool, **settings: str) -> None:
        self.vendor = vendor
        vendor.default_answer = self._answer
        self.clock = FakeClock()
        self.fetches: list[Answer | Fault] = []  # scripted responses of the token endpoint
        self.issued = 0
        self.refuses_all = False
        given = {
            "url": f"{vendor.url}/sms",
            "headers": '{"Authorization": "Bearer {token}"}',
            "body": '{"to": "{to}", "text": "{text}"}',
            "user": "client-1",
            "password": SECRET,
            "oauth_url": f"{vendor.url}/token",
            "id_at": "id",
            "balance_url": f"{vendor.url}/balance",
            "balance_at": "credit",
        }
        own = HttpSettings.model_validate(given | settings)
        client = make_gateway_client(http_pool)
        client = replace(client, timeouts=own.timeouts(client.timeouts))
        self.gateway = HttpGateway(own, client, clock=self.clock)

    def requests(self, path):
        return [request for request in self.vendor.requests if request.path == path]

    def _answer(self, request):
        if request.path == "/token":
            if self.fetches:
                return self.fetches.pop(0)
            self.issued += 1
            return Answer(
                200, json={"access_token": f"t0ken-{self.issued}", "token_type": "Bearer", "expires_in": 3600}
            )
        if self.refuses_all or request.headers.get("authorization") != f"Bearer t0ken-{self.issued}":
            return Answer(401)
        return BALANCE if request.path == "/balance" else ACCEPTED


@pytest.fixture
async def vendor():
    async with Vendor() as vendor:
        yield vendor


@pytest.fixture
async def http_pool():
    pool = HttpClientPool(Timeouts(connect=1.0, total=5.0))
    yield pool
    await pool.close()


@pytest.fixture
def account(vendor, http_pool):
    return Account(vendor, http_pool)


async def test_a_token_is_fetched_with_http_basic(account):
    assert (await account.gateway.send(MESSAGE)).id == "v-1"

    (request,) = account.requests("/token")
    assert request.method == "POST"
    assert request.headers["authorization"] == f"Basic {b64encode(f'client-1:{SECRET}'.encode()).decode()}"
    assert request.body == b"grant_type=client_credentials"


async def test_reserved_characters_of_the_account_are_encoded(vendor, http_pool):
    """RFC 6749 §2.3.1; a colon could not be sent otherwise."""
    account = Account(vendor, http_pool, user="a:b", password="p/w+=d%")

    await account.gateway.send(MESSAGE)

    expected = b64encode(b"a%3Ab:p%2Fw%2B%3Dd%25").decode()
    assert account.requests("/token")[0].headers["authorization"] == f"Basic {expected}"


async def test_the_account_may_be_sent_in_the_form_with_a_scope(vendor, http_pool):
    account = Account(vendor, http_pool, oauth_client="form", oauth_scope="sms:send sms:read")

    await account.gateway.send(MESSAGE)

    (request,) = account.requests("/token")
    assert "authorization" not in request.headers
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["client-1"],
        "client_secret": [SECRET],
        "scope": ["sms:send sms:read"],
    }


async def test_parallel_sends_fetch_one_token(account):
    await asyncio.gather(*(account.gateway.send(MESSAGE) for _ in range(20)))

    assert (len(account.requests("/token")), len(account.requests("/sms"))) == (1, 20)


@pytest.mark.parametrize(("seconds", "fetches"), [(3539, 1), (3540, 2)])
async def test_a_token_is_renewed_a_minute_before_it_expires(account, seconds, fetches):
    await account.gateway.send(MESSAGE)
    account.clock.now += seconds

    await account.gateway.send(MESSAGE)

    assert len(account.requests("/token")) == fetches


@pytest.mark.parametrize(
    ("expires_in", "life"),
    [(60, 54), ("600", 540), (None, 270), ("soon", 270), (-5, 0), (0, 0), (1e300, 86340), ([], 270), ("nan", 0)],
)
async def test_a_lifetime_of_any_form_is_read(account, expires_in, life):
    token = {"access_token": "t0ken-0"} | ({} if expires_in is None else {"expires_in": expires_in})
    account.fetches.append(Answer(200, json=token))
    await account.gateway.send(MESSAGE)
    fetches = []

    for seconds in (life - 0.5, 0.5) if life else (0, 0):
        account.clock.now += seconds
        await account.gateway.send(MESSAGE)
        fetches.append(len(account.requests("/token")))

    assert fetches == ([1, 2] if life else [2, 2])


async def test_a_refused_token_is_replaced_once(account):
    """A vendor may end a token before its time, as when its secret is rotated."""
    await account.gateway.send(MESSAGE)
    account.issued += 1  # the vendor has ended the token

    assert (await account.gateway.send(MESSAGE)).id == "v-1"
    assert (len(account.requests("/token")), len(account.requests("/sms"))) == (2, 3)


async def test_parallel_sends_with_a_refused_token_fetch_one_other(account):
    await account.gateway.send(MESSAGE)
    account.issued += 1

    await asyncio.gather(*(account.gateway.send(MESSAGE) for _ in range(20)))

    assert len(account.requests("/token")) == 2


async def test_an_account_whose_tokens_are_all_refused_is_refused(account):
    account.refuses_all = True

    with pytest.raises(Refused) as refused:
        await account.gateway.send(MESSAGE)

    assert refused.value.reason is Reason.AUTH
    assert (len(account.requests("/token")), len(account.requests("/sms"))) == (2, 2)


@pytest.mark.parametrize(
    ("answer", "failure", "reason", "word"),
    [
        (Answer(401, json={"error": "invalid_client"}), Refused, Reason.AUTH, "invalid_client"),
        (Answer(400, json={"error": "unauthorized_client"}), Refused, Reason.AUTH, "unauthorized_client"),
        (Answer(400, json={"error": "invalid_scope"}), Refused, Reason.CONFIG, "invalid_scope"),
        (Answer(200, json={"error": "invalid_client"}), Refused, Reason.AUTH, "invalid_client"),
        (Answer(400, json={"error": SECRET}), Refused, Reason.AUTH, "HTTP 400"),
        (Answer(403), Refused, Reason.AUTH, "HTTP 403"),
        (Answer(404), Refused, Reason.CONFIG, "HTTP 404"),
        (Answer(302, headers={"location": "/elsewhere"}), Refused, Reason.CONFIG, "HTTP 302"),
        (Answer(429, headers={"retry-after": "7"}), Unreachable, Reason.THROTTLED, "HTTP 429"),
        (Answer(503), Unreachable, Reason.PROVIDER_ERROR, "HTTP 503"),
        (Answer(500), Unreachable, Reason.PROVIDER_ERROR, "HTTP 500"),
        (Answer(200, body=b"<html>Welcome</html>"), Unreachable, Reason.PROVIDER_ERROR, ""),
        (Answer(200, json={"access_token": ""}), Unreachable, Reason.PROVIDER_ERROR, ""),
        (Answer(200, json={"access_token": 5}), Unreachable, Reason.PROVIDER_ERROR, ""),
        (Answer(200, json={"access_token": "a\r\nX-Injected: yes"}), Unreachable, Reason.PROVIDER_ERROR, ""),
        (Answer(200, json={"access_token": "a" * 9000}), Unreachable, Reason.PROVIDER_ERROR, ""),
        (Fault.RESET, Unreachable, Reason.UNKNOWN, ""),
    ],
    ids=str,
)
async def test_a_failing_token_endpoint_is_a_failed_try_that_sent_nothing(account, answer, failure, reason, word):
    account.fetches.append(answer)

    with pytest.raises(failure) as failed:
        await account.gateway.send(MESSAGE)

    assert (failed.value.reason, failed.value.word) == (reason, word)
    assert getattr(failed.value, "after", None) == (7 if reason is Reason.THROTTLED else None)
    assert SECRET not in error_text(failed.value)
    assert account.requests("/sms") == []


async def test_parallel_sends_share_the_failure_of_one_fetch(account):
    """Otherwise twenty sends would wait for a hanging endpoint one after the other."""
    account.fetches += [Answer(503)]

    outcomes = await asyncio.gather(*(account.gateway.send(MESSAGE) for _ in range(20)), return_exceptions=True)

    assert {type(outcome) for outcome in outcomes} == {Unreachable}
    assert len(account.requests("/token")) == 1
    assert (await account.gateway.send(MESSAGE)).id == "v-1"


async def test_a_hanging_token_endpoint_ends_at_the_timeout_of_one_call(vendor, http_pool):
    account = Account(vendor, http_pool, timeout="0.3")
    account.fetches.append(Fault.HANG)

    async with asyncio.timeout(3):  # five calls after each other would take longer with the default of ten seconds
        outcomes = await asyncio.gather(*(account.gateway.send(MESSAGE) for _ in range(5)), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [Unreachable] * 5
    assert account.requests("/sms") == []


async def test_a_send_that_gives_up_does_not_end_the_fetch_of_the_others(account, vendor):
    """The next gateway is called after some seconds; this one goes on for the sends that have no other."""
    account.fetches.append(Answer(200, json={"access_token": "t0ken-0", "expires_in": 600}, delay=0.2))
    impatient, patient = (asyncio.create_task(account.gateway.send(MESSAGE)) for _ in range(2))
    await vendor.wait_for_requests(1)

    impatient.cancel()

    assert (await patient).id == "v-1"
    assert impatient.cancelled()
    assert len(account.requests("/token")) == 1


async def test_the_balance_is_asked_for_with_a_token(account):
    assert await account.gateway.check() == "5.00"
    assert account.requests("/balance")[0].headers["authorization"] == "Bearer t0ken-1"


async def test_a_token_that_the_vendor_echoes_is_not_logged(account):
    await account.gateway.send(MESSAGE)
    account.vendor.default_answer = Answer(400, json={"error": {"code": "t0ken-1"}})

    with pytest.raises(Refused) as refused:
        await account.gateway.send(MESSAGE)

    assert "t0ken-1" not in error_text(refused.value)


async def test_the_repr_of_a_gateway_contains_no_token(account):
    await account.gateway.send(MESSAGE)

    printed = [
        repr(part) for value in vars(account.gateway).values() for part in (value, getattr(value, "__dict__", ""))
    ]

    assert "AccessTokens" in str(printed)
    assert "t0ken-1" not in str(printed)


async def test_a_timeout_of_the_call_itself_stays_unsure(account):
    await account.gateway.send(MESSAGE)
    account.vendor.answers(Fault.RESET)

    with pytest.raises(Unsure):
        await account.gateway.send(MESSAGE)
