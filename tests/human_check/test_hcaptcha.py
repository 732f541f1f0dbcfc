"""hCaptcha: the provider contract, the site key and long tokens."""

from urllib.parse import parse_qs

from app.human_check.hcaptcha import HCaptcha
from tests.support.fake_vendor import Answer
from tests.support.human_contract import GOOD, HOST, SITE_KEY, ProviderContract, account, verify

# From the provider's public documentation, not recorded from a live account.
GOOD_RESPONSE = {"success": True, "challenge_ts": "2026-11-22T12:00:00.000000Z", "hostname": HOST, "credit": True}


class TestHCaptcha(ProviderContract):
    """The provider contract for hCaptcha, by its documentation."""

    good = GOOD_RESPONSE
    repeated = "already-seen-response"
    expired = "expired-input-response"
    token_lifetime = 120

    def build(self, url, http_pool, *, hosts=frozenset({HOST}), wait=3.0):
        return HCaptcha(account(hosts), http_pool, url=url, wait=wait)

    async def test_provider_gets_the_site_key(self, check, vendor):
        """A token for another site of hCaptcha must not be accepted."""
        await verify(check, GOOD[0])

        assert parse_qs(vendor.requests[0].body.decode())["sitekey"] == [SITE_KEY]

    async def test_long_token_is_accepted(self, check, vendor):
        long = "x" * 4000
        vendor.answers(Answer(json=self.good))

        assert (await verify(check, long)).token_id == long
