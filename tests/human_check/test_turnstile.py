"""Turnstile: the provider contract, idempotency keys and actions."""

from urllib.parse import parse_qs
from uuid import UUID

import pytest

from app.domain.errors import HumanCheckFailed
from app.human_check.turnstile import Turnstile
from tests.support.fake_vendor import Answer
from tests.support.human_contract import GOOD, HOST, ProviderContract, account, verify

# From the provider's public documentation, not recorded from a live account.
GOOD_RESPONSE = {
    "success": True,
    "challenge_ts": "2026-11-22T12:00:00.000Z",
    "hostname": HOST,
    "error-codes": [],
    "action": "request_code",
    "cdata": "",
    "metadata": {"interactive": False},
}


class TestTurnstile(ProviderContract):
    """The provider contract for Turnstile, by its documentation."""

    good = GOOD_RESPONSE
    repeated = expired = "timeout-or-duplicate"
    token_lifetime = 3600

    def build(self, url, http_pool, *, hosts=frozenset({HOST}), wait=3.0):
        return Turnstile(account(hosts), http_pool, url=url, wait=wait)

    async def test_repeated_token_has_the_same_idempotency_key(self, check, vendor):
        """A request that a limit refused does not use up its token, so the repeat must succeed."""
        for token in (GOOD[0], GOOD[0], GOOD[1]):
            await verify(check, token)

        first, again, other = [parse_qs(request.body.decode())["idempotency_key"][0] for request in vendor.requests]
        assert first == again != other
        assert str(UUID(first)) == first
        assert UUID(first).version == 4

    @pytest.mark.parametrize("action", ["request_code", "", None])
    async def test_token_with_our_action_or_none_is_accepted(self, check, vendor, action):
        vendor.answers(Answer(json=self.good | {"action": action}))

        assert await verify(check, GOOD[0])

    @pytest.mark.parametrize("action", ["login", "REQUEST_CODE", ["request_code"], {"a": 1}, 7])
    async def test_token_of_another_action_is_refused(self, check, vendor, action):
        vendor.answers(Answer(json=self.good | {"action": action}))

        with pytest.raises(HumanCheckFailed):
            await verify(check, GOOD[0])

    async def test_too_long_token_is_refused(self, check, vendor):
        with pytest.raises(HumanCheckFailed):
            await verify(check, "x" * 2049)

        assert vendor.requests == []

    def test_challenge_has_the_action(self, check):
        assert check.challenge(bound_to="")["action"] == "request_code"
