"""What Turnstile and hCaptcha share: one call that checks a token; a token without a response is not accepted."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.address import Address
from app.domain.errors import HumanCheckFailed, OtpError, TemporarilyUnavailable
from app.domain.gateway import GatewayError
from app.http_client.pool import HttpClientPool
from app.logs import log

TIMEOUT = 3.0
"""Seconds for a whole call: a user waits for it."""

# Error codes for a mistake of ours or of the provider. Any other code means a bad token.
SERVICE_ERRORS = frozenset(
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
    """An account at a provider; `hosts` are those whose pages may show the widget, an empty set allows all."""

    site_key: str
    secret: str
    hosts: frozenset[str]


class SiteVerify:
    """Checks tokens at one provider."""

    def __init__(
        self, peer: str, url: str, account: Account, http_pool: HttpClientPool, *, wait: float = TIMEOUT
    ) -> None:
        self._peer = peer
        self._url = url
        self._account = account
        self._http_pool = http_pool
        self._wait = wait

    async def verify(
        self, token: str, address: Address | None, *, max_length: int, extra: Mapping[str, str]
    ) -> Mapping[str, object]:
        """Return the provider's response for a good token.

        Raises `HumanCheckFailed` for a bad one, and `TemporarilyUnavailable`, with a log line,
        if the provider gives no usable response.
        """
        if not re.fullmatch("[!-~]+", token) or len(token) > max_length:
            raise HumanCheckFailed
        form = {"secret": self._account.secret, "response": token, **extra}
        if address is not None:
            form["remoteip"] = str(address.ip)
        payload = await self._call(form)
        if payload["success"] is not True:
            raise _error_of(payload)
        if self._account.hosts and str(payload.get("hostname")).lower() not in self._account.hosts:
            raise HumanCheckFailed
        return payload

    async def _call(self, form: Mapping[str, str]) -> Mapping[str, object]:
        """Call within the timeout, wait for a slot included: requests must not pile up behind a provider that hangs."""
        try:
            async with asyncio.timeout(self._wait):
                response = await self._http_pool.call(self._peer, "POST", self._url, form=form)
        except (GatewayError, TimeoutError) as error:
            raise _unavailable("unreachable") from error
        payload = response.json()
        if (
            response.status not in _READABLE
            or not isinstance(payload, dict)
            or not isinstance(payload.get("success"), bool)
        ):
            raise _unavailable("unreadable")
        return payload


def _error_of(payload: Mapping[str, object]) -> OtpError:
    codes = payload.get("error-codes")
    known = [code for code in SERVICE_ERRORS if isinstance(codes, list) and code in codes]
    return _unavailable(min(known).replace("-", "_")) if known else HumanCheckFailed()


def _unavailable(outcome: str) -> TemporarilyUnavailable:
    log.error("human_check", outcome=outcome)
    return TemporarilyUnavailable("The human check is unavailable right now. Try again.", wait=5)
