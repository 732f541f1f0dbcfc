"""CORS: which origins may call the API from a browser, and the headers that allow it."""

import re
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.responses import Response

from app.domain.api_key import Caller
from app.domain.app import App
from app.domain.errors import Forbidden

_LOCAL = re.compile(r"https?://(localhost|[a-z0-9.-]+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d{1,5})?", re.ASCII)
_ALLOWED_HEADERS = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "authorization, content-type, idempotency-key, otp-phone-number, otp-country, "
    "traceparent, tracestate, baggage, sentry-trace",  # tracing SDKs add the last four to every fetch
    "Access-Control-Max-Age": "7200",
}
_EXPOSED_HEADERS = (b"access-control-expose-headers", b"Retry-After, X-Request-Id")
_VARY = (b"vary", b"Origin")


class CorsPolicy:
    """The origins that the apps list; in development also every local origin and the service's own."""

    def __init__(self, apps: Iterable[App], *, development: bool) -> None:
        self._all = frozenset(origin for app in apps for origin in app.origins)
        self._development = development

    def is_listed(self, headers: Headers) -> bool:
        """Return whether any app lists the request's origin; a preflight carries no key that names the app."""
        origin = _origin_of(headers)
        return origin is not None and self._allows(origin, headers)

    def require_allowed_origin(self, caller: Caller, headers: Headers) -> None:
        """Raise `Forbidden` for a publishable key on an unlisted origin; native apps send no `Origin`."""
        origin = _origin_of(headers)
        if (
            caller.secret
            or origin is None
            or origin in caller.app.origins
            or self._is_development_origin(origin, headers)
        ):
            return
        raise Forbidden("This publishable key may not be used from this origin. List it in the app's `origins`.")

    def answer_preflight(self, headers: Headers) -> Response:
        """Answer a CORS preflight with 204; raises `Forbidden` for an origin that no app lists."""
        if not self.is_listed(headers):
            raise Forbidden("This origin is not listed by any app.")
        return Response(status_code=204, headers=_ALLOWED_HEADERS)

    def response_headers(self, headers: Headers) -> list[tuple[bytes, bytes]]:
        """Return the headers that allow a listed origin to read the response; `Vary` keeps caches apart by origin."""
        origin = _origin_of(headers)
        if origin is None or not self._allows(origin, headers):
            return [_VARY]
        return [_VARY, (b"access-control-allow-origin", origin.encode("latin-1")), _EXPOSED_HEADERS]

    def _allows(self, origin: str, headers: Headers) -> bool:
        return origin in self._all or self._is_development_origin(origin, headers)

    def _is_development_origin(self, origin: str, headers: Headers) -> bool:
        """Return whether this is a local or same-origin page in development; admission has checked the `Host`."""
        return self._development and (
            _LOCAL.fullmatch(origin) is not None or origin.partition("://")[2] == headers.get("host")
        )


def is_preflight(method: str, headers: Headers) -> bool:
    """Return whether a request is a CORS preflight (Fetch §4.8)."""
    return method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def _origin_of(headers: Headers) -> str | None:
    """Return the origin, `null` for an opaque one; several are joined, so that they match none."""
    origins_sent = headers.getlist("origin")
    return origins_sent[0] if len(origins_sent) == 1 else ", ".join(origins_sent) or None
