"""An httpx transport with connections that are kept open, one list for each origin."""

import asyncio
import socket
import ssl
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from aiohappyeyeballs import AddrInfoType, start_connection

from app.domain.address import read_address
from app.domain.ip_ranges import IpRanges
from app.http_client.connection import Connection
from app.http_client.lookups import HostLookups

MAX_IDLE_SECONDS = 4.0  # shorter than common servers' keep-alive of 5 s: a request on a closing connection is lost
_HAPPY_EYEBALLS_DELAY = 0.25  # seconds, as RFC 8305 §8 recommends
_PORTS = {"http": 80, "https": 443}
_LINE_BREAKS = frozenset(b"\r\n\0")


class ForbiddenAddress(Exception):
    """A host has no address that this transport may connect to; nothing was sent."""


Origin = tuple[str, str, int]
"""Scheme, host and port."""


@dataclass(slots=True)
class RequestProgress:
    """Whether a request has been written; until then it is certain that nothing was sent."""

    has_started: bool = False


class KeepAliveTransport(httpx.AsyncBaseTransport):
    """Sends each request on the connection that was used last, or on a new one.

    A request's `extensions` hold `connect` (seconds), `max_bytes` and `progress`. The caller limits time and number.
    """

    def __init__(self, tls: ssl.SSLContext, forbidden: IpRanges | None, lookups: HostLookups) -> None:
        self._tls = tls
        self._forbidden = forbidden
        self._lookups = lookups
        self._idle: defaultdict[Origin, list[Connection]] = defaultdict(list)
        self._all: set[Connection] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the whole response; raises the errors of httpx, or `TimeoutError`."""
        url = request.url
        origin = (url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS.get(url.scheme, 0))
        written, extensions = _write(request), request.extensions
        connection = self._take_idle(origin)
        if connection is None:
            async with asyncio.timeout(extensions["connect"]):
                connection = await self._connect(origin)
        extensions["progress"].has_started = True
        try:
            return await connection.exchange(written, extensions["max_bytes"])
        finally:
            if connection.is_open:
                connection.idle_since = asyncio.get_running_loop().time()
                self._idle[origin].append(connection)
            else:
                self._all.discard(connection)

    async def aclose(self) -> None:
        """Close every connection."""
        for connection in self._all:
            connection.close()
        self._all.clear()
        self._idle.clear()
        self._lookups.close()

    def _take_idle(self, origin: Origin) -> Connection | None:
        """Return the connection that was used last, if it is still open and not idle for too long."""
        idle, oldest = self._idle[origin], asyncio.get_running_loop().time() - MAX_IDLE_SECONDS
        while idle:
            connection = idle.pop()
            if connection.is_open and connection.idle_since > oldest:
                return connection
            connection.close()
            self._all.discard(connection)
        return None

    async def _connect(self, origin: Origin) -> Connection:
        """Open a connection, over IPv6 or IPv4, whichever answers first; a wrong certificate is an `OSError`."""
        scheme, host, port = origin
        if scheme not in _PORTS:
            raise httpx.UnsupportedProtocol("only http and https")
        loop = asyncio.get_running_loop()
        addresses = await self._lookups.find(host, port)
        opened = await start_connection(self._allowed(addresses), happy_eyeballs_delay=_HAPPY_EYEBALLS_DELAY)
        try:
            self._require_allowed(opened)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            tls, name = (self._tls, host) if scheme == "https" else (None, None)
            _, connection = await loop.create_connection(Connection, sock=opened, ssl=tls, server_hostname=name)
        except BaseException:
            opened.close()
            raise
        self._all.add(connection)
        return connection

    def _allowed(self, addresses: Sequence[AddrInfoType]) -> Sequence[AddrInfoType]:
        """Return the addresses that may be connected to; raises `ForbiddenAddress` if there is none."""
        allowed = [address for address in addresses if not self._is_forbidden(str(address[4][0]))]
        if not allowed:
            raise ForbiddenAddress
        return allowed

    def _require_allowed(self, opened: socket.socket) -> None:
        """Check the address that a socket is really connected to."""
        if self._is_forbidden(str(opened.getpeername()[0])):
            raise ForbiddenAddress

    def _is_forbidden(self, text: str) -> bool:
        if self._forbidden is None:
            return False
        address = read_address(text.partition("%")[0])  # a link-local address may have a zone
        return address is None or address in self._forbidden


def _write(request: httpx.Request) -> bytes:
    """Write a request as HTTP/1.1; raises `httpx.LocalProtocolError` for a header that would end its line."""
    lines = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    for name, value in request.headers.raw:
        if not _LINE_BREAKS.isdisjoint(name) or not _LINE_BREAKS.isdisjoint(value):
            raise httpx.LocalProtocolError("a header has a line break")
        lines.append(b"%s: %s" % (name, value))
    return b"\r\n".join([*lines, b"", request.content])
