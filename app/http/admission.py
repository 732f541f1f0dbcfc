"""Decides whether a call comes in at all: by which name, from where, whose it is, how often."""

import time
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from app.domain.address import Address
from app.domain.api_key import ApiKeys
from app.domain.client_ip import client_address
from app.domain.errors import Forbidden
from app.domain.ip_ranges import IpRanges
from app.http.cors import CorsPolicy, is_preflight
from app.http.rate_limit import Clock, InMemoryRateLimiter, open_limiter
from app.settings.model import Settings
from app.settings.to_domain import api_keys_of, apps_of

REPORTS_PREFIX = "/v1/reports/"
STATIC_PREFIXES = ("/static/", "/otp-form.js", "/otp-form/")
# What anybody may call as often as they like: it costs next to nothing, and who asks are machines and browsers.
UNLIMITED_PATHS = frozenset({"/livez", "/readyz", "/.well-known/jwks.json"})
DEVELOPMENT_PATHS = frozenset({"/", "/demo", "/docs", "/openapi.json"}) | {
    f"/dev/{name}{path}" for name in ("inbox", "phone") for path in ("", "/messages", "/events")
}


@dataclass(frozen=True, slots=True)
class RequestAdmission:
    """What there is to know before a body is read; `hosts` are the names we are called by, None for any."""

    hosts: frozenset[str] | None
    origins: CorsPolicy
    callers: ApiKeys
    trusted: IpRanges
    header: str
    calls: InMemoryRateLimiter
    bad_reports: InMemoryRateLimiter
    uncounted: frozenset[str]

    @classmethod
    def of(cls, settings: Settings, clock: Clock = time.monotonic) -> Self:
        """Build it as the settings say; `clock` gives seconds."""
        apps, limiter = apps_of(settings), open_limiter(clock)
        own = urlsplit(settings.public_url).hostname or ""
        return cls(
            hosts=None if settings.is_production else frozenset({own, "localhost"}),
            origins=CorsPolicy(apps.values(), development=not settings.is_production),
            callers=api_keys_of(settings, apps),
            trusted=IpRanges(settings.trusted_proxies),
            header=settings.client_header,
            calls=InMemoryRateLimiter("calls_per_address", settings.limit_calls_per_address, limiter, clock),
            bad_reports=InMemoryRateLimiter(
                "bad_reports_per_address", settings.limit_bad_reports_per_address, limiter, clock
            ),
            uncounted=UNLIMITED_PATHS if settings.is_production else UNLIMITED_PATHS | DEVELOPMENT_PATHS,
        )

    def admit(self, scope: Scope, headers: Headers) -> Response | None:
        """Answer a preflight; let all else in, or refuse it. Leaves `address` and `caller` in the request's state."""
        self._require_our_name(headers)
        if is_preflight(scope["method"], headers):
            return self.origins.answer_preflight(headers)
        path, state = scope["path"], scope["state"]
        if path in self.uncounted or path.startswith(STATIC_PREFIXES):
            return None
        peer, said = scope.get("client"), headers.getlist(self.header)
        state["address"] = client_address(peer and peer[0], said, header=self.header, trusted=self.trusted)
        state["caller"] = caller = self.callers.find(_bearer_key(headers))
        place = _rate_limit_key(state["address"])
        if path.startswith(REPORTS_PREFIX):
            self.bad_reports.refuse_if_spent(place)
        elif caller is None or not caller.secret:
            self.calls.spend(place)
        if caller is not None:
            self.origins.require_own(caller, headers)
        return None

    def note(self, scope: Scope, status: int) -> None:
        """Count a report that was refused for the caller's sake: not authentic, for nobody, or no report at all."""
        if not scope["path"].startswith(REPORTS_PREFIX):
            return
        is_refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        if is_refused and status != HTTPStatus.TOO_MANY_REQUESTS:
            self.bad_reports.count(_rate_limit_key(scope["state"]["address"]))

    def _require_our_name(self, headers: Headers) -> None:
        """Refuse a foreign name where a foreign page could let its own point to a developer's machine.

        An address in its place was typed by somebody, for no name can be pointed at it.
        """
        if self.hosts is None:
            return
        host = _host_name(headers.get("host", ""))
        if not (host in self.hosts or host.endswith(".localhost") or _is_address(host)):
            raise Forbidden("This name is not the service's own. Use its address, or set OTP_PUBLIC_URL.")


def _bearer_key(headers: Headers) -> str | None:
    """Read the key of exactly one `Authorization: Bearer <key>` (RFC 6750 §2.1); nowhere else is one looked for."""
    given = headers.getlist("authorization")
    scheme, _, key = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return key.strip(" ") if scheme.lower() == "bearer" else None


def _rate_limit_key(address: Address | None) -> str:
    """Name what counts as one caller; whoever has no address shares one name."""
    return address.prefixes[0] if address else ""


@lru_cache(maxsize=256)
def _host_name(said: str) -> str:
    """Read the name that a request calls us by; nothing where it cannot be one."""
    try:
        return urlsplit(f"//{said}").hostname or ""
    except ValueError:  # brackets that do not close
        return ""


@lru_cache(maxsize=256)
def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False
