"""Request admission: checks the host name, client address, API key and call limits before a body is read."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from app.domain.api_key import ApiKeys
from app.domain.client_ip import client_address
from app.domain.errors import Forbidden
from app.domain.ip_ranges import IpRanges
from app.http.cors import CorsPolicy, is_preflight
from app.http.facade import Facade
from app.http.rate_limit import Clock, InMemoryRateLimiter, open_limiter
from app.settings.model import Settings
from app.settings.to_domain import api_keys_of, apps_of, limit_of

REPORTS_PREFIX = "/v1/reports/"
STATIC_PREFIXES = ("/static/", "/otp-form.", "/otp-form/")
# Not counted: these cost next to nothing, and probes and browsers request them often.
UNLIMITED_PATHS = frozenset({"/livez", "/readyz", "/.well-known/jwks.json"})
DEVELOPMENT_PATHS = frozenset({"/", "/demo", "/docs", "/openapi.json"}) | {
    f"/dev/{name}{path}" for name in ("inbox", "phone") for path in ("", "/messages", "/events")
}


@dataclass(frozen=True, slots=True)
class RequestAdmission:
    """The checks that need no body; `hosts` are the allowed host names, None for any."""

    hosts: frozenset[str] | None
    origins: CorsPolicy
    api_keys: ApiKeys
    trusted: IpRanges
    header: str
    calls: InMemoryRateLimiter
    bad_reports: InMemoryRateLimiter
    unlimited_paths: frozenset[str]
    facades: Sequence[Facade] = ()

    @classmethod
    def of(cls, settings: Settings, clock: Clock = time.monotonic, facades: Sequence[Facade] = ()) -> Self:
        """Build the checks from the settings; `clock` returns seconds."""
        apps, limiter = apps_of(settings), open_limiter(clock)
        public_host = urlsplit(settings.public_url).hostname or ""

        def in_memory(name: str) -> InMemoryRateLimiter:
            return InMemoryRateLimiter(name, limit_of(settings, name), limiter, clock)

        return cls(
            hosts=None if settings.is_production else frozenset({public_host, "localhost"}),
            origins=CorsPolicy(apps.values(), development=not settings.is_production),
            api_keys=api_keys_of(settings, apps),
            trusted=IpRanges(settings.trusted_proxies),
            header=settings.client_header,
            calls=in_memory("calls_per_address"),
            bad_reports=in_memory("bad_reports_per_address"),
            unlimited_paths=UNLIMITED_PATHS if settings.is_production else UNLIMITED_PATHS | DEVELOPMENT_PATHS,
            facades=facades,
        )

    def facade_of(self, path: str) -> Facade | None:
        """Return the facade that a path belongs to; the bare prefix, without its slash, belongs to it too."""
        return next((facade for facade in self.facades if f"{path}/".startswith(facade.prefix)), None)

    def admit(self, scope: Scope, headers: Headers) -> Response | None:
        """Answer a preflight, admit any other request, or refuse it; set `address` and `caller` in the request's state.

        Raises `Forbidden` for a foreign host or origin, and `RateLimited` when the address limit is spent.
        """
        self._require_allowed_host(headers)
        if is_preflight(scope["method"], headers):
            return self.origins.answer_preflight(headers)
        path, state = scope["path"], scope["state"]
        if path in self.unlimited_paths or path.startswith(STATIC_PREFIXES):
            return None
        peer, forwarded = scope.get("client"), headers.getlist(self.header)
        state["address"] = client_address(peer and peer[0], forwarded, header=self.header, trusted=self.trusted)
        facade = state["facade"]
        caller = facade.find_caller(headers) if facade else self.api_keys.find(_bearer_key(headers))
        state["caller"] = caller
        if path.startswith(REPORTS_PREFIX) or (facade and facade.counts_refusals_only):
            self.bad_reports.refuse_if_spent(state["address"])
        elif caller is None or not caller.secret:
            self.calls.spend(state["address"])
        if caller is not None:
            self.origins.require_allowed_origin(caller, headers)
        return None

    def count_refused_report(self, scope: Scope, status: int) -> None:
        """Count a report that was answered 4xx, other than 429: unauthentic, for an unknown gateway, or unreadable.

        So does a call of a hook that is not authentic; a refusal of an authentic one does not.
        """
        facade, caller = scope["state"]["facade"], scope["state"]["caller"]
        is_unknown_hook = facade and facade.counts_refusals_only and caller is None
        if not (is_unknown_hook or scope["path"].startswith(REPORTS_PREFIX)):
            return
        is_refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        if is_refused and status != HTTPStatus.TOO_MANY_REQUESTS:
            self.bad_reports.count(scope["state"]["address"])

    def _require_allowed_host(self, headers: Headers) -> None:
        """Refuse an unknown host name in development, against DNS rebinding to a developer's machine.

        An IP address as the host is allowed: DNS rebinding needs a name.
        """
        if self.hosts is None:
            return
        host = _host_name(headers.get("host", ""))
        if not (host in self.hosts or host.endswith(".localhost") or _is_address(host)):
            raise Forbidden("This host name is not allowed. Use the service's IP address, or set OTP_PUBLIC_URL.")


def _bearer_key(headers: Headers) -> str | None:
    """Return the key of exactly one `Authorization: Bearer <key>` (RFC 6750 §2.1); no other source is read."""
    values = headers.getlist("authorization")
    scheme, _, key = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    return key.strip(" ") if scheme.lower() == "bearer" else None


@lru_cache(maxsize=256)
def _host_name(host_header: str) -> str:
    """Return the host name of a `Host` header; "" for an invalid one."""
    try:
        return urlsplit(f"//{host_header}").hostname or ""
    except ValueError:  # unclosed brackets
        return ""


@lru_cache(maxsize=256)
def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False
