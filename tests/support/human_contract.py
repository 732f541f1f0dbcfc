"""The contract of every human check, as tests: its test file inherits them and provides tokens."""

import asyncio
import json
import logging
import traceback
from urllib.parse import parse_qs

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.address import read_address
from app.domain.errors import HumanCheckFailed, TemporarilyUnavailable
from app.http_client.pool import HttpClientPool, Timeouts
from app.human_check.siteverify import Account
from tests.support.fake_vendor import Answer, Fault, Vendor, unused_url, warm_up

BOUND_TO = "Jx0Wb1T9mZsR5uYh2kQeVg"
ADDRESS = read_address("203.0.113.7")
SECRET = "s3cret-of-the-account"
SITE_KEY = "site-key-of-the-account"
HOST = "shop.example.com"
GOOD = ["token-one", "token-two"]
INVALID_TOKENS = ["x", "x" * 20_000, "\x00", "\n", "✓" * 100, "\ud800", "W10=", "e30=", "bnVsbA==", "=" * 64, " "]


async def verify(check, token, *, bound_to=BOUND_TO, address=ADDRESS):
    return await check.verify(token, bound_to=bound_to, address=address)


class HumanCheckContract:
    """The contract of a human check; a subclass provides the fixtures `check` and `tokens`, two good ones."""

    async def test_good_token_is_accepted(self, check, tokens):
        result = await verify(check, tokens[0])

        assert result.token_id
        assert 0 < result.lifetime <= 3600

    async def test_repeated_token_has_the_same_id_or_is_refused(self, check, tokens):
        """Redis accepts a `token_id` once; a provider may refuse the token before."""
        first, other = [(await verify(check, token)).token_id for token in tokens]

        again = await asyncio.gather(verify(check, tokens[0]), return_exceptions=True)

        assert first != other
        assert isinstance(again[0], HumanCheckFailed) or again[0].token_id == first

    async def test_result_repr_hides_the_token_id(self, check, tokens):
        result = await verify(check, tokens[0])

        assert result.token_id not in f"{result!r} {result}"

    @pytest.mark.parametrize("token", INVALID_TOKENS, ids=lambda token: ascii(token[:20]))
    async def test_invalid_token_is_refused(self, check, token):
        with pytest.raises(HumanCheckFailed):
            await verify(check, token)

    @settings(
        deadline=None,  # the machine may be busy
        suppress_health_check=[HealthCheck.differing_executors, HealthCheck.function_scoped_fixture],
    )
    @given(token=st.text())
    async def test_any_text_is_refused(self, check, token):
        with pytest.raises(HumanCheckFailed):
            await verify(check, token)


class ProviderContract(HumanCheckContract):
    """The contract of a siteverify provider; a subclass sets its response and error codes, and builds the check."""

    good: dict
    repeated: str  # its error code for a token that was verified before
    expired: str
    token_lifetime: int

    def build(self, url, http_pool, *, hosts=frozenset({HOST}), wait=3.0):
        """Build the check with this URL, for `SECRET` and `SITE_KEY`."""
        raise NotImplementedError

    def respond(self, request):
        """Accept good tokens and refuse others, as the provider does."""
        (token,) = parse_qs(request.body.decode())["response"]
        return Answer(json=self.good) if token in GOOD else self.refusal("invalid-input-response")

    @staticmethod
    def refusal(*codes):
        return Answer(json={"success": False, "error-codes": list(codes)})

    @pytest.fixture
    def tokens(self):
        return GOOD

    @pytest.fixture
    async def vendor(self):
        async with Vendor(self.respond) as vendor:
            yield vendor

    @pytest.fixture
    async def http_pool(self):
        http_pool = HttpClientPool(Timeouts(slots=1))
        yield http_pool
        await http_pool.close()

    @pytest.fixture
    def check(self, vendor, http_pool):
        return self.build(vendor.url, http_pool)

    @pytest.fixture
    async def impatient_check(self, vendor, http_pool):
        await warm_up(http_pool.call("warm", "GET", unused_url()))
        return self.build(vendor.url, http_pool, wait=0.3)

    async def test_provider_gets_secret_token_and_address_as_a_form(self, check, vendor):
        await verify(check, GOOD[0])

        (request,) = vendor.requests
        sent = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        assert (request.method, request.headers["content-type"]) == ("POST", "application/x-www-form-urlencoded")
        assert (sent["secret"], sent["response"], sent["remoteip"]) == (SECRET, GOOD[0], "203.0.113.7")

    async def test_unknown_address_is_not_sent(self, check, vendor):
        await verify(check, GOOD[0], address=None)

        assert b"remoteip" not in vendor.requests[0].body

    async def test_token_has_the_lifetime_of_the_provider(self, check):
        assert (await verify(check, GOOD[0])).lifetime == self.token_lifetime

    async def test_malformed_token_is_not_sent_to_the_provider(self, check, vendor):
        for token in ("", "x" * 20_000, "two words", "\ud800", "✓"):
            with pytest.raises(HumanCheckFailed):
                await verify(check, token)

        assert vendor.requests == []

    async def test_used_expired_and_unknown_tokens_are_refused(self, check, vendor):
        for word in (self.repeated, self.expired, "bad-request", "a-word-of-tomorrow"):
            vendor.answers(self.refusal(word))
            with pytest.raises(HumanCheckFailed):
                await verify(check, GOOD[0])

    @pytest.mark.parametrize("hostname", ["evil.example.com", f"{HOST}.evil.example", "", None, ["x"], {"a": 1}, 7])
    async def test_token_of_another_host_is_refused(self, check, vendor, hostname):
        vendor.answers(Answer(json=self.good | {"hostname": hostname}))

        with pytest.raises(HumanCheckFailed):
            await verify(check, GOOD[0])

    async def test_hostname_is_case_insensitive(self, check, vendor):
        vendor.answers(Answer(json=self.good | {"hostname": HOST.upper()}))

        assert await verify(check, GOOD[0])

    async def test_empty_host_list_accepts_every_host(self, vendor, http_pool):
        vendor.answers(Answer(json=self.good | {"hostname": "example.com"}))

        assert await verify(self.build(vendor.url, http_pool, hosts=frozenset()), GOOD[0])

    @pytest.mark.parametrize("status", [200, 400])
    @pytest.mark.parametrize("word", ["missing-input-secret", "invalid-input-secret", "internal-error"])
    async def test_service_error_is_logged_and_answered_as_unavailable(self, check, vendor, logged_lines, word, status):
        vendor.answers(Answer(status, json={"success": False, "error-codes": ["x\n", word, 7, {}]}))

        with pytest.raises(TemporarilyUnavailable):
            await verify(check, GOOD[0])

        (line,) = [json.loads(line) for line in logged_lines.getvalue().splitlines()]
        assert (line["event"], line["outcome"]) == ("human_check", word.replace("-", "_"))

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(500, json={"success": True}),
            Answer(503, body=b"<h1>Back soon</h1>"),
            Answer(429, json={"success": True}),
            Answer(302, headers={"location": "/elsewhere"}),
            Answer(404),
            Answer(204),
            Answer(body=b"<html>Welcome</html>"),
            Answer(body=b'{"success": tr'),
            Answer(body=b"null"),
            Answer(json=["success"]),
            Answer(json={}),
            Answer(json={"success": "true"}),
            Answer(json={"success": 1}),
            Answer(body=b"[" * 100_000),
            Answer(body=b"x" * 300_000),
            Answer(body=b'{"success": true', length=100),
            Fault.RESET,
            Fault.RESET_FIRST,
        ],
        ids=lambda answer: str(answer)[:60],
    )
    async def test_unreadable_response_accepts_no_token(self, check, vendor, answer):
        vendor.answers(answer)

        with pytest.raises(TemporarilyUnavailable):
            await verify(check, GOOD[0])

        assert len(vendor.requests) <= 1

    @pytest.mark.parametrize("codes", [None, "invalid-input-secret", {"a": 1}, [[]], [None]])
    async def test_refusal_with_malformed_error_codes_is_a_refusal(self, check, vendor, codes):
        vendor.answers(Answer(json={"success": False, "error-codes": codes}))

        with pytest.raises(HumanCheckFailed):
            await verify(check, GOOD[0])

    @pytest.mark.parametrize("trouble", [Fault.HANG, Fault.DRIP])
    async def test_slow_provider_times_out_all_calls_together(self, impatient_check, vendor, trouble):
        """Calls that wait for the one slot time out together, not one after another."""
        vendor.default_answer = trouble
        before = asyncio.get_running_loop().time()

        results = await asyncio.gather(*(verify(impatient_check, GOOD[0]) for _ in range(10)), return_exceptions=True)

        assert [type(error) for error in results] == [TemporarilyUnavailable] * 10
        assert asyncio.get_running_loop().time() - before < 2

    async def test_unreachable_provider_accepts_no_token(self, http_pool):
        with pytest.raises(TemporarilyUnavailable):
            await verify(self.build(unused_url(), http_pool), GOOD[0])

    async def test_errors_and_logs_contain_neither_secret_nor_token(self, check, vendor, caplog):
        vendor.answers(Fault.RESET, Answer(500, body=SECRET.encode()))
        for _ in range(2):
            with caplog.at_level(logging.DEBUG), pytest.raises(TemporarilyUnavailable) as failed:
                await verify(check, GOOD[0])

            output = f"{''.join(traceback.format_exception(failed.value))} {caplog.text}"
            assert not [secret for secret in (SECRET, GOOD[0], ADDRESS.prefixes[0]) if secret in output]

    async def test_challenge_has_the_site_key_and_not_the_secret(self, check):
        given = check.challenge(bound_to="")

        assert (given["provider"], given["site_key"]) == (check.name, SITE_KEY)
        assert SECRET not in str(given)
        assert not check.needs_number


def account(hosts):
    return Account(SITE_KEY, SECRET, hosts)
