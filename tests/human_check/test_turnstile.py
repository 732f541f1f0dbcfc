from urllib.parse import parse_qs
from uuid import UUID

import pytest

from app.domain.errors import HumanCheckFailed
from app.human_check.turnstile import Turnstile
from tests.support.fake_vendor import Answer
from tests.support.human_contract import GOOD, HOST, ProviderContract, account, verify

# Written after the provider's public pages, not taken from a live account.
TOLD = {
    "success": True,
    "challenge_ts": "2026-11-22T12:00:00.000Z",
    "hostname": HOST,
    "error-codes": [],
    "action": "request_code",
    "cdata": "",
    "metadata": {"interactive": False},
}


class TestTurnstile(ProviderContract):
    """Everything a human check must do, done by Turnstile as it documents itself."""

    good = TOLD
    repeated = expired = "timeout-or-duplicate"
    life = 3600

    def build(self, url, http_pool, *, hosts=frozenset({HOST}), wait=3.0):
        return Turnstile(account(hosts), http_pool, url=url, wait=wait)

    async def test_a_token_may_be_asked_about_again_by_its_own_key(self, check, vendor):
        """A request that a limit refused did not use it up, so its repeat must not fail for that."""
        for token in (GOOD[0], GOOD[0], GOOD[1]):
            await verify(check, token)

        first, again, other = [parse_qs(request.body.decode())["idempotency_key"][0] for request in vendor.requests]
        assert first == again != other
        assert str(UUID(first)) == first
        assert UUID(first).version == 4

    @pytest.mark.parametrize("action", ["request_code", "", None])
    async def test_a_widget_may_say_what_its_token_is_for(self, check, vendor, action):
        vendor.answers(Answer(json=self.good | {"action": action}))

        assert await verify(check, GOOD[0])

    @pytest.mark.parametrize("action", ["login", "REQUEST_CODE", ["request_code"], {"a": 1}, 7])
    async def test_a_token_for_something_else_is_refused(self, check, vendor, action):
        vendor.answers(Answer(json=self.good | {"action": action}))

        with pytest.raises(HumanCheckFailed):
            await verify(check, GOOD[0])

    async def test_a_token_longer_than_the_provider_makes_them_is_refused(self, check, vendor):
        with pytest.raises(HumanCheckFailed):
            await verify(check, "x" * 2049)

        assert vendor.requests == []

    def test_a_browser_is_told_the_action(self, check):
        assert check.challenge(bound_to="")["action"] == "request_code"
