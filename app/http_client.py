"""The only module that calls out: connections and a cap for each peer, no redirects, failures by name."""

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

# httpx prints every address at INFO and httpcore every header at DEBUG: they may hold numbers,
# codes and keys, so neither speaks below WARNING, however loud the rest is set.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)

MAX_RESPONSE_BYTES = 256 * 1024  # bytes of an answer; what vendors say takes less than one
MAX_RETRY_AFTER = 60  # seconds; a vendor that asks for more is asked again sooner: codes live for minutes
_REASON = {401: Reason.AUTH, 402: Reason.NO_CREDIT, 403: Reason.AUTH} | dict.fromkeys([404, 405, 410], Reason.CONFIG)


@dataclass(frozen=True, slots=True, repr=False)
class HttpResponse:
    """What a peer answered. It does not print itself: several vendors echo the text."""

    status: int
    headers: Mapping[str, str]  # upper and lower case in names are the same
    body: bytes

    def json(self) -> object:
        """Read the body as JSON; `None` where it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    def fields(self) -> Mapping[str, object]:
        """Read the body as one JSON object; empty where it is none."""
        said = self.json()
        return said if isinstance(said, dict) else {}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """What one peer may take of us: seconds to connect, seconds in all, calls at once."""

    connect: float = 3.0
    total: float = 10.0
    slots: int = 32


@cache
def system_tls() -> ssl.SSLContext:
    """Load the system's certificates into the one TLS context of this process, which takes 40 ms."""
    return httpx.create_ssl_context(trust_env=False)


class HttpClientPool:
    """All calls to the outside, each within the bounds of its peer.

    Each peer has slots of its own, so one that hangs is in nobody else's way; and each slot has a
    client of its own, for httpx's pool looks at every connection for every other: 32 callers on
    one pool made a fifth of the calls that they make on 32 (httpx 0.28, httpcore 1.0).
    """

    def __init__(self, timeouts: Timeouts = Timeouts(), *, tls: ssl.SSLContext | None = None) -> None:
        """Take the bounds of peers that have none of their own; `tls` is the process's own context unless given."""
        self._bounds = timeouts
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
        most: int = MAX_RESPONSE_BYTES,
        timeouts: Timeouts | None = None,
    ) -> HttpResponse:
        """Make one call and read its whole answer, whatever its status.

        Raises `Unreachable` where nothing was written, `Unsure` where something may have been, and
        `Refused` for an address or a header that cannot be written at all. What they say holds
        nothing of the call, nor do their causes: httpx and h11 quote addresses and answers.
        """
        wrote, timeouts = _RequestProgress(), timeouts or self._bounds
        try:
            async with self._slot(peer, timeouts) as client, asyncio.timeout(timeouts.total):
                request = client.build_request(method, url, headers=headers, json=json, data=form, content=content)
                request.extensions["trace"] = wrote.watch
                return await _exchange(client, request, most)
        except (httpx.InvalidURL, UnicodeError):
            raise Refused(f"The address or a header for {peer} cannot be written.", reason=Reason.CONFIG) from None
        except (httpx.HTTPError, OSError, _ResponseTooLarge) as error:
            failure = Unsure if wrote.anything else Unreachable
            raise failure(f"{peer} did not answer: {type(error).__name__.strip('_')}.") from None

    async def close(self) -> None:
        """Close every connection."""
        self._free.clear()
        while self._clients:
            await self._clients.pop().aclose()

    @asynccontextmanager
    async def _slot(self, peer: str, timeouts: Timeouts) -> AsyncIterator[httpx.AsyncClient]:
        """Wait for a free client of this peer; the last used comes first, for its connection is warm.

        The wait does not count against the call: a call cut short after its first byte leaves everybody in doubt.
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
        """Make a client: no proxy from the environment, no cookies kept, nothing compressed that could burst."""
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


def require_ok(answer: HttpResponse, *, word: str = "") -> None:
    """Raise what an HTTP status means, unless it is 2xx; for after a gateway's own table of errors."""
    status, said, word = answer.status, word, word or f"HTTP {answer.status}"
    if 200 <= status < 300:  # noqa: PLR2004 - the classes of HTTP are their own names
        return
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise Unreachable("The gateway is throttling.", reason=Reason.THROTTLED, word=word, after=retry_after(answer))
    if status == httpx.codes.SERVICE_UNAVAILABLE:
        raise Unreachable("The gateway is not available.", word=word, after=retry_after(answer))
    if status == httpx.codes.REQUEST_TIMEOUT or status >= 500:  # noqa: PLR2004 - as above
        raise Unsure("The gateway failed on its side.", reason=Reason.PROVIDER_ERROR, word=word)
    if status < 400:  # noqa: PLR2004 - as above
        raise Refused("The gateway is not at this address.", reason=Reason.CONFIG, word=word)
    # Where a vendor explains its 403 by a code of its own, one message may be meant, and not the account.
    reason = Reason.UNKNOWN if said and status == httpx.codes.FORBIDDEN else _REASON.get(status, Reason.UNKNOWN)
    raise Refused("The gateway refused.", reason=reason, word=word)


def retry_after(answer: HttpResponse) -> int | None:
    """Read for how many seconds a peer asks to be left alone, at most 60.

    Only whole seconds count: a date would be compared across two clocks, to save one early try.
    """
    said = answer.headers.get("retry-after", "").strip()
    return min(int(said), MAX_RETRY_AFTER) if re.fullmatch("[0-9]{1,9}", said) else None


@dataclass(slots=True)
class _RequestProgress:
    """Whether a request has begun to go out; until then it is certain that nothing was sent."""

    anything: bool = False

    async def watch(self, event: str, info: object) -> None:
        """Hear what httpcore does with the request, step by step."""
        if event.endswith(".send_request_headers.started"):
            self.anything = True


class _ResponseTooLarge(Exception):
    """An answer longer than anybody needs."""


async def _exchange(client: httpx.AsyncClient, request: httpx.Request, most: int) -> HttpResponse:
    """Send, and read the answer piece by piece, so that nobody can fill the memory."""
    response = await client.send(request, stream=True)
    try:
        body = bytearray()
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > most:
                raise _ResponseTooLarge
        return HttpResponse(response.status_code, response.headers, bytes(body))
    finally:
        await response.aclose()
