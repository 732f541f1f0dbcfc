"""What Turnstile and hCaptcha share: one call that tells whether a token is good, and no answer means no."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.address import Address
from app.domain.errors import HumanCheckFailed, OtpError, TemporarilyUnavailable
from app.domain.gateway import GatewayError
from app.http_client import HttpClientPool
from app.logs import log

WAIT = 3.0
"""Seconds for a whole call: a person waits for it."""

# A provider's word for a mistake that is ours or its own. For any other it is the token that is bad.
NOT_THE_TOKEN = frozenset(
    {
        "missing-input-secret",
        "invalid-input-secret",
        "invalid-parsed-secret",
        "invalid-widget-id",
        "sitekey-secret-mismatch",
        "internal-error",
    }
)
_READABLE = {200, 400}


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """An account at a provider; `hosts` are those whose pages may show the widget, none means all."""

    site_key: str
    secret: str
    hosts: frozenset[str]


class SiteVerify:
    """Asks one provider about tokens."""

    def __init__(self, peer: str, url: str, account: Account, http_pool: HttpClientPool, *, wait: float = WAIT) -> None:
        self._peer = peer
        self._url = url
        self._account = account
        self._outbound = http_pool
        self._wait = wait

    async def ask(
        self, token: str, address: Address | None, *, longest: int, more: Mapping[str, str]
    ) -> Mapping[str, object]:
        """Give what the provider tells of a good token.

        Raises `HumanCheckFailed` for a bad one, and `TemporarilyUnavailable`, with a line in the log,
        where the provider cannot tell.
        """
        if not re.fullmatch("[!-~]+", token) or len(token) > longest:
            raise HumanCheckFailed
        form = {"secret": self._account.secret, "response": token, **more}
        if address is not None:
            form["remoteip"] = str(address.ip)
        said = await self._call(form)
        if said["success"] is not True:
            raise _refusal(said)
        if self._account.hosts and str(said.get("hostname")).lower() not in self._account.hosts:
            raise HumanCheckFailed
        return said

    async def _call(self, form: Mapping[str, str]) -> Mapping[str, object]:
        """Call within the time, the wait for a free slot included: a provider that hangs must not gather a crowd."""
        try:
            async with asyncio.timeout(self._wait):
                answer = await self._outbound.call(self._peer, "POST", self._url, form=form)
        except (GatewayError, TimeoutError) as error:
            raise _cannot_tell("unreachable") from error
        said = answer.json()
        if answer.status not in _READABLE or not isinstance(said, dict) or not isinstance(said.get("success"), bool):
            raise _cannot_tell("unreadable")
        return said


def _refusal(said: Mapping[str, object]) -> OtpError:
    words = said.get("error-codes")
    known = [word for word in NOT_THE_TOKEN if isinstance(words, list) and word in words]
    return _cannot_tell(min(known).replace("-", "_")) if known else HumanCheckFailed()


def _cannot_tell(outcome: str) -> TemporarilyUnavailable:
    log.error("human_check", outcome=outcome)
    return TemporarilyUnavailable("The human check cannot be made right now. Try again.", wait=5)
