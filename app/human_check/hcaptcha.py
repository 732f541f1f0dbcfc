"""hCaptcha, after docs.hcaptcha.com (verify the user response server side, 2026-11).

Not tested on a live account yet.
"""

from app.domain.address import Address
from app.domain.human_check import HumanCheckResult
from app.http_client.pool import HttpClientPool
from app.human_check.siteverify import TIMEOUT, Account, SiteVerify

URL = "https://api.hcaptcha.com/siteverify"
TOKEN_LIFETIME = 120
"""Seconds; hCaptcha verifies a token once, and never after this time."""

_MAX_LENGTH = 8192  # tokens are signed documents of some thousand characters


class HCaptcha:
    """Verifies tokens at hCaptcha."""

    name = "hcaptcha"
    needs_number = False

    def __init__(self, account: Account, http_pool: HttpClientPool, *, url: str = URL, wait: float = TIMEOUT) -> None:
        self._site_key = account.site_key
        self._siteverify = SiteVerify(self.name, url, account, http_pool, wait=wait)

    def challenge(self, *, bound_to: str, work: int = 1) -> dict[str, object]:
        """Return the parameters of the widget; its tokens are bound to a page, not to a number."""
        return {"provider": self.name, "site_key": self._site_key}

    async def verify(self, token: str, *, bound_to: str, address: Address | None) -> HumanCheckResult:
        """Verify a token of our site key; hCaptcha accepts only form bodies."""
        await self._siteverify.verify(token, address, max_length=_MAX_LENGTH, extra={"sitekey": self._site_key})
        return HumanCheckResult(token, TOKEN_LIFETIME)
