"""hCaptcha, after docs.hcaptcha.com (verify the user response server side, 2026-11).

Nobody has tried it on a live account yet.
"""

from app.domain.address import Address
from app.domain.human_check import HumanCheckResult
from app.http_client import HttpClientPool
from app.human_check.siteverify import WAIT, Account, SiteVerify

URL = "https://api.hcaptcha.com/siteverify"
LIFE = 120
"""Seconds; hCaptcha answers about a token once, and never after these."""

_LONGEST = 8192  # they are signed documents, of some thousand characters


class HCaptcha:
    """Lets hCaptcha tell."""

    name = "hcaptcha"
    needs_number = False

    def __init__(self, account: Account, http_pool: HttpClientPool, *, url: str = URL, wait: float = WAIT) -> None:
        self._site_key = account.site_key
        self._siteverify = SiteVerify(self.name, url, account, http_pool, wait=wait)

    def challenge(self, *, bound_to: str) -> dict[str, object]:
        """Give what the widget is rendered with; its tokens are for a page and not for a number."""
        return {"provider": self.name, "site_key": self._site_key}

    async def verify(self, token: str, *, bound_to: str, address: Address | None) -> HumanCheckResult:
        """Ask about a token of our site key; hCaptcha reads forms only."""
        await self._siteverify.ask(token, address, longest=_LONGEST, more={"sitekey": self._site_key})
        return HumanCheckResult(token, LIFE)
