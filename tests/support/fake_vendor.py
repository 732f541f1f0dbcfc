"""A scripted fake vendor: a real HTTP server on loopback, with keep-alive and faults."""

import asyncio
import contextlib
import json
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import Self
from urllib.parse import parse_qs, urlsplit

_TIMEOUT = 30.0  # seconds; a test that waits longer fails
_NO_LINGER = struct.pack("ii", 1, 0)  # closing sends RST instead of FIN


@dataclass(frozen=True, slots=True)
class Request:
    """A request that the vendor received."""

    method: str
    target: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query)

    def json(self) -> object:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response of the vendor: `json`, or else the bytes of `body`, after `delay` seconds.

    `length` overrides the `Content-Length` header with a false value.
    """

    status: int = 200
    json: object = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    length: int | None = None

    def written(self) -> bytes:
        body = self.body if self.json is None else json.dumps(self.json).encode()
        kind = "text/html" if self.json is None else "application/json"
        headers = {"content-type": kind, **self.headers, "content-length": self.length or len(body)}
        phrase = HTTPStatus(self.status).phrase
        lines = [f"HTTP/1.1 {self.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class Fault(Enum):
    """A fault that replaces a response."""

    HANG = auto()  # reads the request and sends nothing
    DRIP = auto()  # sends the beginning of a response, and never the rest
    RESET = auto()  # reads the request and resets the connection
    RESET_FIRST = auto()  # resets the connection before it reads


Step = Answer | Fault


class Vendor:
    """A server for one test: `answers(...)` scripts the next responses, `default_answer` is sent otherwise.

    `default_answer` may be a function of the request.
    """

    def __init__(self, default_answer: Step | Callable[[Request], Step] = Answer()) -> None:
        self.default_answer = default_answer
        self.requests: list[Request] = []
        self._script: deque[Step] = deque()
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        self._request_arrived = asyncio.Event()

    def answers(self, *steps: Step) -> None:
        """Queue the responses or faults of the next requests."""
        self._script.extend(steps)

    @property
    def url(self) -> str:
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    @property
    def connections(self) -> int:
        return len(self._open)

    async def wait_for_requests(self, count: int) -> None:
        """Wait until `count` requests have arrived, for half a minute at most."""
        async with asyncio.timeout(_TIMEOUT):
            while len(self.requests) < count:
                self._request_arrived.clear()
                await self._request_arrived.wait()

    async def wait_until_disconnected(self) -> None:
        """Wait until all connections are closed, for half a minute at most."""
        async with asyncio.timeout(_TIMEOUT):
            await asyncio.gather(*self._open.values())

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()
        for writer in self._open:
            writer.transport.abort()  # also ends its task: a `HANG` waits for the client to disconnect
        await self.wait_until_disconnected()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[writer] = asyncio.current_task()
        try:
            if self._script and self._script[0] is Fault.RESET_FIRST:
                self._script.popleft()
                _reset(writer)
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has disconnected, or was reset
        finally:
            writer.close()
            del self._open[writer]

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve one request by the script; return whether the connection stays open."""
        request = await _read(reader)
        self.requests.append(request)
        self._request_arrived.set()
        step = self._script.popleft() if self._script else self.default_answer
        match step(request) if callable(step) else step:
            case Answer() as answer:
                await asyncio.sleep(answer.delay)
                writer.write(answer.written())
                await writer.drain()
                return answer.length is None and request.headers.get("connection") != "close"
            case Fault.RESET | Fault.RESET_FIRST:
                _reset(writer)
            case Fault.DRIP:
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
                await reader.read()
            case Fault.HANG:
                await reader.read()  # ends when the client disconnects
        return False


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, target, headers, body)


def _reset(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    writer.transport.abort()


async def warm_up(call: Awaitable[object]) -> None:
    """Make a failing call before a timed one, because the first call in a process loads modules of anyio."""
    with contextlib.suppress(Exception):
        await call


def unused_url() -> str:
    """Return a loopback URL without a server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"
