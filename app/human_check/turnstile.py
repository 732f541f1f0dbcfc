"""Cloudflare Turnstile, after developers.cloudflare.com/turnstile (server-side validation, 2026-05).

Not tested on a live account yet.
"""

from hashlib import sha256
from uuid import UUID

from app.domain.address import Address
from app.domain.errors import HumanCheckFailed
from app.domain.human_check import HumanCheckResult
from app.http_client.pool import HttpClientPool
from app.human_check.siteverify import TIMEOUT, Account, SiteVerify

URL = "https://challenges.cloudflare.com/turnstile/v0/siteverify"
ACTION = "request_code"
"""The action that a widget binds to its token; a widget may also send none."""

TOKEN_LIFETIME = 3600
"""Seconds. A token lives for 300, but how long a repeat with its `idempotency_key` is answered is not documented."""

_MAX_LENGTH = 2048


class Turnstile:
    """Verifies tokens at Cloudflare."""

    name = "turnstile"
    needs_number = False

    def __init__(self, account: Account, http_pool: HttpClientPool, *, url: str = URL, wait: float = TIMEOUT) -> None:
        self._site_key = account.site_key
        self._siteverify = SiteVerify(self.name, url, account, http_pool, wait=wait)

    def challenge(self, *, bound_to: str, work: int = 1) -> dict[str, object]:
        """Return the parameters of the widget; its tokens are bound to a page, not to a number."""
        return {"provider": self.name, "site_key": self._site_key, "action": ACTION}

    async def verify(self, token: str, *, bound_to: str, address: Address | None) -> HumanCheckResult:
        """Verify a token with an idempotency key, so it can be verified again: a refused request does not use it up."""
        extra = {"idempotency_key": str(UUID(bytes=sha256(token.encode("utf-8", "replace")).digest()[:16], version=4))}
        payload = await self._siteverify.verify(token, address, max_length=_MAX_LENGTH, extra=extra)
        if payload.get("action") and payload["action"] != ACTION:
            raise HumanCheckFailed
        return HumanCheckResult(token, TOKEN_LIFETIME)
