from urllib.parse import parse_qs

from app.human_check.hcaptcha import HCaptcha
from tests.support.fake_vendor import Answer
from tests.support.human_contract import GOOD, HOST, SITE_KEY, ProviderContract, account, verify

# Written after the provider's public pages, not taken from a live account.
TOLD = {"success": True, "challenge_ts": "2026-11-22T12:00:00.000000Z", "hostname": HOST, "credit": True}


class TestHCaptcha(ProviderContract):
    """Everything a human check must do, done by hCaptcha as it documents itself."""

    good = TOLD
    repeated = "already-seen-response"
    expired = "expired-input-response"
    life = 120

    def build(self, url, http_pool, *, hosts=frozenset({HOST}), wait=3.0):
        return HCaptcha(account(hosts), http_pool, url=url, wait=wait)

    async def test_the_provider_is_told_whose_token_it_must_be(self, check, vendor):
        """A token that was solved for another site of hCaptcha's must not count here."""
        await verify(check, GOOD[0])

        assert parse_qs(vendor.requests[0].body.decode())["sitekey"] == [SITE_KEY]

    async def test_its_tokens_are_long(self, check, vendor):
        long = "x" * 4000
        vendor.answers(Answer(json=self.good))

        assert (await verify(check, long)).once == long
