"""Which pages may call from a browser, and what a browser is told of it (CORS)."""

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
    "Access-Control-Allow-Headers": "authorization, content-type, idempotency-key, otp-phone-number, otp-country",
    "Access-Control-Max-Age": "7200",
}
_EXPOSED_HEADERS = (b"access-control-expose-headers", b"Retry-After, X-Request-Id")
_VARY = (b"vary", b"Origin")


class CorsPolicy:
    """The origins that the apps list; on a developer's machine also every local one, and the service's own."""

    def __init__(self, apps: Iterable[App], *, development: bool) -> None:
        self._all = frozenset(origin for app in apps for origin in app.origins)
        self._development = development

    def is_listed(self, headers: Headers) -> bool:
        """Tell whether the page that calls is listed by any app; a preflight has no key that would say by which."""
        origin = _origin_of(headers)
        return origin is not None and self._lists(origin, headers)

    def require_own(self, caller: Caller, headers: Headers) -> None:
        """Refuse a publishable key on a page that its app does not list; apps on phones send no `Origin`."""
        origin = _origin_of(headers)
        if caller.secret or origin is None or origin in caller.app.origins or self._is_own(origin, headers):
            return
        raise Forbidden("This publishable key may not be used from this origin. List it in the app's `origins`.")

    def answer_preflight(self, headers: Headers) -> Response:
        """Answer the question that a browser asks before a call; raises `Forbidden`."""
        if not self.is_listed(headers):
            raise Forbidden("This origin is not listed by any app.")
        return Response(status_code=204, headers=_ALLOWED_HEADERS)

    def leave(self, headers: Headers) -> list[tuple[bytes, bytes]]:
        """Give the headers that let a listed page read an answer; caches learn that others may not."""
        origin = _origin_of(headers)
        if origin is None or not self._lists(origin, headers):
            return [_VARY]
        return [_VARY, (b"access-control-allow-origin", origin.encode("latin-1")), _EXPOSED_HEADERS]

    def _lists(self, origin: str, headers: Headers) -> bool:
        return origin in self._all or self._is_own(origin, headers)

    def _is_own(self, origin: str, headers: Headers) -> bool:
        """Tell whether a developer's page calls; its `Host` was checked before, so no foreign name stands in it."""
        return self._development and (
            _LOCAL.fullmatch(origin) is not None or origin.partition("://")[2] == headers.get("host")
        )


def is_preflight(method: str, headers: Headers) -> bool:
    """Tell whether a browser asks for leave, by Fetch §4.8."""
    return method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def _origin_of(headers: Headers) -> str | None:
    """Give the page's origin, `null` for one without a name; several together are nobody's."""
    given = headers.getlist("origin")
    return given[0] if len(given) == 1 else ", ".join(given) or None
