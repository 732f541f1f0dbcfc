"""What every human check must do, as tests: its test file inherits them and says how a token is got."""

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
from app.http_client import HttpClientPool, Timeouts
from app.human_check.siteverify import Account
from tests.support.fake_vendor import Answer, Trouble, Vendor, nobody, warm_up

BOUND_TO = "Jx0Wb1T9mZsR5uYh2kQeVg"
ADDRESS = read_address("203.0.113.7")
SECRET = "s3cret-of-the-account"
SITE_KEY = "site-key-of-the-account"
HOST = "shop.example.com"
GOOD = ["token-one", "token-two"]
STRANGE = ["x", "x" * 20_000, "\x00", "\n", "✓" * 100, "\ud800", "W10=", "e30=", "bnVsbA==", "=" * 64, " "]


async def verify(check, token, *, bound_to=BOUND_TO, address=ADDRESS):
    return await check.verify(token, bound_to=bound_to, address=address)


class HumanCheckContract:
    """Inherit, and give a check and `tokens`: two good ones."""

    async def test_a_good_token_shows_a_person(self, check, tokens):
        shown = await verify(check, tokens[0])

        assert shown.once
        assert 0 < shown.lives <= 3600

    async def test_a_repeated_token_is_known_again_or_refused(self, check, tokens):
        """Redis counts it once by what is its own; a provider may refuse it before."""
        first, other = [(await verify(check, token)).once for token in tokens]

        again = await asyncio.gather(verify(check, tokens[0]), return_exceptions=True)

        assert first != other
        assert isinstance(again[0], HumanCheckFailed) or again[0].once == first

    async def test_what_was_shown_does_not_print_itself(self, check, tokens):
        shown = await verify(check, tokens[0])

        assert shown.once not in f"{shown!r} {shown}"

    @pytest.mark.parametrize("token", STRANGE, ids=lambda token: ascii(token[:20]))
    async def test_a_token_that_nobody_gave_is_refused(self, check, token):
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
    """Inherit, name what a provider says of a good token and its words, and build the check."""

    good: dict
    repeated: str  # its word for a token that it was asked about before
    expired: str
    life: int

    def build(self, url, http_pool, *, hosts=frozenset({HOST}), wait=3.0):
        """Make the check, so that it calls this address, for `SECRET` and `SITE_KEY`."""
        raise NotImplementedError

    def judge(self, request):
        """Tell a good token from a bad one, as the provider does."""
        (token,) = parse_qs(request.body.decode())["response"]
        return Answer(json=self.good) if token in GOOD else self.refusal("invalid-input-response")

    @staticmethod
    def refusal(*words):
        return Answer(json={"success": False, "error-codes": list(words)})

    @pytest.fixture
    def tokens(self):
        return GOOD

    @pytest.fixture
    async def vendor(self):
        async with Vendor(self.judge) as vendor:
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
    async def hasty(self, vendor, http_pool):
        await warm_up(http_pool.call("warm", "GET", nobody()))
        return self.build(vendor.url, http_pool, wait=0.3)

    async def test_the_provider_is_given_secret_token_and_address_as_a_form(self, check, vendor):
        await verify(check, GOOD[0])

        (request,) = vendor.requests
        sent = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        assert (request.method, request.headers["content-type"]) == ("POST", "application/x-www-form-urlencoded")
        assert (sent["secret"], sent["response"], sent["remoteip"]) == (SECRET, GOOD[0], "203.0.113.7")

    async def test_an_address_that_is_not_known_is_not_sent(self, check, vendor):
        await verify(check, GOOD[0], address=None)

        assert b"remoteip" not in vendor.requests[0].body

    async def test_a_token_lives_as_long_as_the_provider_says(self, check):
        assert (await verify(check, GOOD[0])).lives == self.life

    async def test_what_cannot_be_a_token_is_not_asked_about(self, check, vendor):
        for token in ("", "x" * 20_000, "two words", "\ud800", "✓"):
            with pytest.raises(HumanCheckFailed):
                await verify(check, token)

        assert vendor.requests == []

    async def test_used_old_and_unknown_tokens_are_refused(self, check, vendor):
        for word in (self.repeated, self.expired, "bad-request", "a-word-of-tomorrow"):
            vendor.answers(self.refusal(word))
            with pytest.raises(HumanCheckFailed):
                await verify(check, GOOD[0])

    @pytest.mark.parametrize("hostname", ["evil.example.com", f"{HOST}.evil.example", "", None, ["x"], {"a": 1}, 7])
    async def test_a_token_of_a_foreign_page_is_refused(self, check, vendor, hostname):
        vendor.answers(Answer(json=self.good | {"hostname": hostname}))

        with pytest.raises(HumanCheckFailed):
            await verify(check, GOOD[0])

    async def test_a_host_is_read_in_small_letters(self, check, vendor):
        vendor.answers(Answer(json=self.good | {"hostname": HOST.upper()}))

        assert await verify(check, GOOD[0])

    async def test_without_a_list_of_hosts_every_page_counts(self, vendor, http_pool):
        vendor.answers(Answer(json=self.good | {"hostname": "example.com"}))

        assert await verify(self.build(vendor.url, http_pool, hosts=frozenset()), GOOD[0])

    @pytest.mark.parametrize("status", [200, 400])
    @pytest.mark.parametrize("word", ["missing-input-secret", "invalid-input-secret", "internal-error"])
    async def test_a_mistake_that_is_not_the_persons_is_told_to_the_operator(
        self, check, vendor, logged_lines, word, status
    ):
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
            Trouble.RESET,
            Trouble.RESET_FIRST,
        ],
        ids=lambda answer: str(answer)[:60],
    )
    async def test_no_readable_answer_is_no_yes(self, check, vendor, answer):
        vendor.answers(answer)

        with pytest.raises(TemporarilyUnavailable):
            await verify(check, GOOD[0])

        assert len(vendor.requests) <= 1

    @pytest.mark.parametrize("words", [None, "invalid-input-secret", {"a": 1}, [[]], [None]])
    async def test_a_refusal_in_another_shape_is_a_refusal(self, check, vendor, words):
        vendor.answers(Answer(json={"success": False, "error-codes": words}))

        with pytest.raises(HumanCheckFailed):
            await verify(check, GOOD[0])

    @pytest.mark.parametrize("trouble", [Trouble.HANG, Trouble.DRIP])
    async def test_a_slow_provider_holds_nobody_up(self, hasty, vendor, trouble):
        """Those who wait for the one slot give up in the same time: they are not served one after another."""
        vendor.usually = trouble
        before = asyncio.get_running_loop().time()

        crowd = await asyncio.gather(*(verify(hasty, GOOD[0]) for _ in range(10)), return_exceptions=True)

        assert [type(error) for error in crowd] == [TemporarilyUnavailable] * 10
        assert asyncio.get_running_loop().time() - before < 2

    async def test_where_nobody_listens_nothing_is_shown(self, http_pool):
        with pytest.raises(TemporarilyUnavailable):
            await verify(self.build(nobody(), http_pool), GOOD[0])

    async def test_what_fails_tells_neither_secret_nor_token(self, check, vendor, caplog):
        vendor.answers(Trouble.RESET, Answer(500, body=SECRET.encode()))
        for _ in range(2):
            with caplog.at_level(logging.DEBUG), pytest.raises(TemporarilyUnavailable) as failed:
                await verify(check, GOOD[0])

            told = f"{''.join(traceback.format_exception(failed.value))} {caplog.text}"
            assert not [hidden for hidden in (SECRET, GOOD[0], ADDRESS.prefixes[0]) if hidden in told]

    async def test_a_browser_is_given_the_site_key_and_never_the_secret(self, check):
        given = check.challenge(bound_to="")

        assert (given["provider"], given["site_key"]) == (check.name, SITE_KEY)
        assert SECRET not in str(given)
        assert not check.needs_number


def account(hosts):
    return Account(SITE_KEY, SECRET, hosts)
