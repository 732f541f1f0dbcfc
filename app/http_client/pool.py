"""Calls of peers: slots and timeouts for each, no redirects, no cookies, no proxies, and failures by name."""

import asyncio
import logging
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from urllib.parse import urlencode

import httpx
import orjson

from app.domain.code import RandomBytes
from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.ip_ranges import IpRanges
from app.domain.status import Reason
from app.domain.traceparent import next_traceparent
from app.http_client.lookups import GetAddrInfo, HostLookups, system_addresses
from app.http_client.responses import HttpResponse
from app.http_client.transport import ForbiddenAddress, KeepAliveTransport, RequestProgress
from app.logs import noted

# httpx logs every URL at INFO: they may hold numbers, codes and keys, so it logs nothing below WARNING, whatever the
# log level is.
logging.getLogger("httpx").setLevel(logging.WARNING)

MAX_RESPONSE_BYTES = 256 * 1024  # of a response body; vendors send far less
_HEADERS = {"User-Agent": "otp", "Accept": "application/json", "Accept-Encoding": "identity"}


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
    """Makes all outbound calls; each peer has its own slots, so that a hanging peer does not block others.

    httpx builds the requests and responses. Its client and httpcore are not used: one POST through them took 1,440 µs
    of CPU time, most of a worker's, and one through this transport takes 60 to 150 µs.
    """

    def __init__(
        self,
        timeouts: Timeouts = Timeouts(),
        *,
        tls: ssl.SSLContext | None = None,
        forbidden: IpRanges | None = None,
        random_bytes: RandomBytes = os.urandom,
        get_addresses: GetAddrInfo = system_addresses,
    ) -> None:
        """Set the default limits of a peer; `tls` defaults to the process-wide context.

        No socket is opened to an address in the `forbidden` ranges, whatever name it has.
        """
        self._random_bytes = random_bytes
        self._default_timeouts = timeouts
        self._transport = KeepAliveTransport(tls or system_tls(), forbidden, HostLookups(get_addresses))
        self._slots: dict[str, asyncio.Semaphore] = {}

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

        The wait for a slot does not count towards the timeout: a call cut short after its first byte has an unknown
        outcome. Raises `Unreachable` if nothing was sent, `Unsure` if something may have been, and `Refused` for a URL
        or a header that cannot be encoded. Neither their messages nor their causes contain data of the call.
        """
        timeouts, progress = timeouts or self._default_timeouts, RequestProgress()
        if peer not in self._slots:
            self._slots[peer] = asyncio.Semaphore(timeouts.slots)
        try:
            if traceparent := noted("traceparent"):
                headers = {**(headers or {}), "traceparent": next_traceparent(traceparent, self._random_bytes)}
            request = _build_request(method, url, headers, json=json, form=form, content=content)
            request.extensions = {"connect": timeouts.connect, "max_bytes": max_bytes, "progress": progress}
            async with self._slots[peer], asyncio.timeout(timeouts.total):
                response = await self._transport.handle_async_request(request)
                body = b"".join([part async for part in response.aiter_raw()])  # not decompressed: it could be a bomb
        except (httpx.InvalidURL, httpx.LocalProtocolError, UnicodeError):
            raise Refused(f"The URL or a header for {peer} cannot be encoded.", reason=Reason.CONFIG) from None
        except ForbiddenAddress:
            raise Refused(f"{peer} has no public address.", reason=Reason.CONFIG, word="private_address") from None
        except (httpx.HTTPError, OSError) as error:
            failure = Unsure if progress.has_started else Unreachable
            raise failure(f"{peer} did not answer: {type(error).__name__.strip('_')}.") from None
        return HttpResponse(response.status_code, response.headers, body)

    async def close(self) -> None:
        """Close every connection."""
        await self._transport.aclose()


def _build_request(
    method: str,
    url: str,
    headers: Mapping[str, str] | None,
    *,
    json: object,
    form: Mapping[str, str] | None,
    content: bytes | None,
) -> httpx.Request:
    """Build the request with a body of at most one kind."""
    kind = {}
    if json is not None:
        kind, content = {"Content-Type": "application/json"}, orjson.dumps(json)
    elif form is not None:
        kind, content = {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(form).encode()
    return httpx.Request(method, _url(url), headers={**_HEADERS, **kind, **(headers or {})}, content=content)


@lru_cache(maxsize=64)
def _url(url: str) -> httpx.URL:
    """Parse a URL; most vendors are always called at the same one."""
    return httpx.URL(url)
