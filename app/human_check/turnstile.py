"""Cloudflare Turnstile, after developers.cloudflare.com/turnstile (server-side validation, 2026-05).

Nobody has tried it on a live account yet.
"""

from hashlib import sha256
from uuid import UUID

from app.domain.address import Address
from app.domain.errors import HumanCheckFailed
from app.domain.human_check import HumanCheckResult
from app.http_client import HttpClientPool
from app.human_check.siteverify import WAIT, Account, SiteVerify

URL = "https://challenges.cloudflare.com/turnstile/v0/siteverify"
ACTION = "request_code"
"""What a widget says that its token is for; a widget may also say nothing."""

REMEMBERED = 3600
"""Seconds. A token lives for 300, but nobody says for how long a repeat by its `idempotency_key` is answered."""

_LONGEST = 2048


class Turnstile:
    """Lets Cloudflare tell."""

    name = "turnstile"
    needs_number = False

    def __init__(self, account: Account, http_pool: HttpClientPool, *, url: str = URL, wait: float = WAIT) -> None:
        self._site_key = account.site_key
        self._siteverify = SiteVerify(self.name, url, account, http_pool, wait=wait)

    def challenge(self, *, bound_to: str) -> dict[str, object]:
        """Give what the widget is rendered with; its tokens are for a page and not for a number."""
        return {"provider": self.name, "site_key": self._site_key, "action": ACTION}

    async def verify(self, token: str, *, bound_to: str, address: Address | None) -> HumanCheckResult:
        """Ask about a token, by a key that lets it be asked about again: a refused request does not use it up."""
        more = {"idempotency_key": str(UUID(bytes=sha256(token.encode("utf-8", "replace")).digest()[:16], version=4))}
        said = await self._siteverify.ask(token, address, longest=_LONGEST, more=more)
        if said.get("action") and said["action"] != ACTION:
            raise HumanCheckFailed
        return HumanCheckResult(token, REMEMBERED)
