"""The only outbound HTTP client: a pool and limits for each peer, no redirects, named failures."""

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
import orjson

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.status import Reason

# httpx logs every URL at INFO and httpcore every header at DEBUG: they may hold numbers,
# codes and keys, so neither logs below WARNING, whatever the log level is.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)

MAX_RESPONSE_BYTES = 256 * 1024  # of a response body; vendors send far less
MAX_RETRY_AFTER = 60  # seconds; a vendor that asks for more is retried sooner, because codes expire within minutes
_REASON = {401: Reason.AUTH, 402: Reason.NO_CREDIT, 403: Reason.AUTH} | dict.fromkeys([404, 405, 410], Reason.CONFIG)


@dataclass(frozen=True, slots=True, repr=False)
class HttpResponse:
    """A response. `repr()` does not show it, because several vendors echo the text."""

    status: int
    headers: Mapping[str, str]  # names are case-insensitive
    body: bytes

    def json(self) -> object:
        """Parse the body as JSON; None if it is not JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    def fields(self) -> Mapping[str, object]:
        """Parse the body as a JSON object; empty if it is not one."""
        document = self.json()
        return document if isinstance(document, dict) else {}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The limits of one peer: seconds to connect, seconds in total, concurrent calls."""

    connect: float = 3.0
    total: float = 10.0
    slots: int = 32


@cache
def system_tls() -> ssl.SSLContext:
    """Return the process-wide TLS context with the system's certificates; loading them takes 40 ms."""
    return httpx.create_ssl_context(trust_env=False)


class HttpClientPool:
    """Clients for all outbound calls, with limits for each peer.

    Each peer has its own slots, so that a hanging peer does not block others. Each slot has its
    own client, because httpx's pool scans all its connections for every request: 32 callers on
    one pool made a fifth of the calls that they make on 32 (httpx 0.28, httpcore 1.0).
    """

    def __init__(self, timeouts: Timeouts = Timeouts(), *, tls: ssl.SSLContext | None = None) -> None:
        """Set the default limits of a peer; `tls` defaults to the process-wide context."""
        self._default_timeouts = timeouts
        self._tls = tls or system_tls()
        self._clients: list[httpx.AsyncClient] = []
        self._free: dict[str, asyncio.LifoQueue[httpx.AsyncClient]] = {}

    async def call(
        self,
        peer: str,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        max_bytes: int = MAX_RESPONSE_BYTES,
        timeouts: Timeouts | None = None,
    ) -> HttpResponse:
        """Make one call and return the whole response, whatever its status.

        Raises `Unreachable` if nothing was sent, `Unsure` if something may have been, and `Refused`
        for a URL or a header that cannot be encoded. Neither their messages nor their causes
        contain data of the call: httpx and h11 quote URLs and responses.
        """
        progress, timeouts = _RequestProgress(), timeouts or self._default_timeouts
        try:
            async with self._slot(peer, timeouts) as client, asyncio.timeout(timeouts.total):
                request = client.build_request(method, url, headers=headers, json=json, data=form, content=content)
                request.extensions["trace"] = progress.watch
                return await _exchange(client, request, max_bytes)
        except (httpx.InvalidURL, UnicodeError):
            raise Refused(f"The URL or a header for {peer} cannot be encoded.", reason=Reason.CONFIG) from None
        except (httpx.HTTPError, OSError, _ResponseTooLarge) as error:
            failure = Unsure if progress.has_started else Unreachable
            raise failure(f"{peer} did not answer: {type(error).__name__.strip('_')}.") from None

    async def close(self) -> None:
        """Close every connection."""
        self._free.clear()
        while self._clients:
            await self._clients.pop().aclose()

    @asynccontextmanager
    async def _slot(self, peer: str, timeouts: Timeouts) -> AsyncIterator[httpx.AsyncClient]:
        """Wait for a free client of this peer; the last used comes first, because its connection is open.

        The wait does not count towards the timeout: a call cut short after its first byte has an unknown outcome.
        """
        if peer not in self._free:
            self._free[peer] = asyncio.LifoQueue()
            for _ in range(timeouts.slots):
                self._free[peer].put_nowait(self._client(timeouts.connect))
        free = self._free[peer]
        client = await free.get()
        try:
            yield client
        finally:
            free.put_nowait(client)

    def _client(self, connect: float) -> httpx.AsyncClient:
        """Return a client without environment proxies, cookies or compression, which could hide a huge body."""
        client = httpx.AsyncClient(
            verify=self._tls,
            timeout=httpx.Timeout(None, connect=connect),
            limits=httpx.Limits(max_keepalive_connections=1),
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"User-Agent": "otp", "Accept": "application/json", "Accept-Encoding": "identity"},
        )
        self._clients.append(client)
        return client


def require_ok(response: HttpResponse, *, word: str = "") -> None:
    """Raise the error that an HTTP status other than 2xx stands for; use it after a gateway's own error table."""
    status, vendor_word, word = response.status, word, word or f"HTTP {response.status}"
    if 200 <= status < 300:  # noqa: PLR2004 - the status classes need no names
        return
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise Unreachable("The gateway is throttling.", reason=Reason.THROTTLED, word=word, after=retry_after(response))
    if status == httpx.codes.SERVICE_UNAVAILABLE:
        raise Unreachable("The gateway is not available.", word=word, after=retry_after(response))
    if status == httpx.codes.REQUEST_TIMEOUT or status >= 500:  # noqa: PLR2004 - see the first check
        raise Unsure("The gateway failed on its side.", reason=Reason.PROVIDER_ERROR, word=word)
    if status < 400:  # noqa: PLR2004 - see the first check
        raise Refused("The gateway is not at this address.", reason=Reason.CONFIG, word=word)
    # If a vendor explains a 403 by its own code, it may concern one message and not the account.
    reason = Reason.UNKNOWN if vendor_word and status == httpx.codes.FORBIDDEN else _REASON.get(status, Reason.UNKNOWN)
    raise Refused("The gateway refused.", reason=reason, word=word)


def retry_after(response: HttpResponse) -> int | None:
    """Return the seconds of a `Retry-After` header, at most 60, or None.

    Only whole seconds are read: a date would depend on two clocks, to avoid one early retry.
    """
    retry_after_header = response.headers.get("retry-after", "").strip()
    return min(int(retry_after_header), MAX_RETRY_AFTER) if re.fullmatch("[0-9]{1,9}", retry_after_header) else None


@dataclass(slots=True)
class _RequestProgress:
    """Whether sending a request has started; until then it is certain that nothing was sent."""

    has_started: bool = False

    async def watch(self, event: str, info: object) -> None:
        """Receive the trace events of httpcore."""
        if event.endswith(".send_request_headers.started"):
            self.has_started = True


class _ResponseTooLarge(Exception):
    """A response over the size limit."""


async def _exchange(client: httpx.AsyncClient, request: httpx.Request, max_bytes: int) -> HttpResponse:
    """Send, and read the response in chunks, so that a huge body cannot exhaust memory."""
    response = await client.send(request, stream=True)
    try:
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > max_bytes:
                raise _ResponseTooLarge
        return HttpResponse(response.status_code, response.headers, bytes(body))
    finally:
        await response.aclose()
