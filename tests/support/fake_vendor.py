"""A vendor that follows a script: real HTTP on loopback, keep-alive, and every way to misbehave."""

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

_PATIENCE = 30.0  # seconds; a test that waits in vain says so
_LINGER_NOT = struct.pack("ii", 1, 0)  # closing sends a reset instead of a goodbye


@dataclass(frozen=True, slots=True)
class Request:
    """What the vendor was sent."""

    method: str
    target: str
    headers: Mapping[str, str]  # names in small letters
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
    """What the vendor says: `json`, or else the bytes of `body`, after `delay` seconds.

    `length` is the length it claims to send, where that is a lie.
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


class Trouble(Enum):
    """What the vendor does instead of answering."""

    HANG = auto()  # reads the request and says nothing
    DRIP = auto()  # sends the beginning of an answer, and never the rest
    RESET = auto()  # reads the request and resets the connection
    RESET_FIRST = auto()  # resets the connection before it reads


Step = Answer | Trouble


class Vendor:
    """A server for one test: `answers(...)` scripts the next requests, `usually` answers all others.

    `usually` may be a function of the request, for a vendor that lives longer than one scene.
    """

    def __init__(self, usually: Step | Callable[[Request], Step] = Answer()) -> None:
        self.usually = usually
        self.requests: list[Request] = []
        self._script: deque[Step] = deque()
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        self._news = asyncio.Event()

    def answers(self, *steps: Step) -> None:
        """Say what to do next, request by request."""
        self._script.extend(steps)

    @property
    def url(self) -> str:
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    @property
    def connections(self) -> int:
        return len(self._open)

    async def asked(self, count: int) -> None:
        """Wait until so many requests have come, for half a minute at most."""
        async with asyncio.timeout(_PATIENCE):
            while len(self.requests) < count:
                self._news.clear()
                await self._news.wait()

    async def left_alone(self) -> None:
        """Wait until every caller has closed its connections, for half a minute at most."""
        async with asyncio.timeout(_PATIENCE):
            await asyncio.gather(*self._open.values())

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()
        for writer in self._open:
            writer.transport.abort()  # ends its task too: a hanging one waits for its caller to leave
        await self.left_alone()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[writer] = asyncio.current_task()
        try:
            if self._script and self._script[0] is Trouble.RESET_FIRST:
                self._script.popleft()
                _reset(writer)
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the caller has left, or was thrown out
        finally:
            writer.close()
            del self._open[writer]

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Read one request and do what the script says; tell whether another may follow."""
        request = await _read(reader)
        self.requests.append(request)
        self._news.set()
        step = self._script.popleft() if self._script else self.usually
        match step(request) if callable(step) else step:
            case Answer() as answer:
                await asyncio.sleep(answer.delay)
                writer.write(answer.written())
                await writer.drain()
                return answer.length is None and request.headers.get("connection") != "close"
            case Trouble.RESET | Trouble.RESET_FIRST:
                _reset(writer)
            case Trouble.DRIP:
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
                await reader.read()
            case Trouble.HANG:
                await reader.read()  # ends when the caller gives up
        return False


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, target, headers, body)


def _reset(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    writer.transport.abort()


async def warm_up(call: Awaitable[object]) -> None:
    """Make a call that fails, before one that is timed: the first in a process loads half of anyio."""
    with contextlib.suppress(Exception):
        await call


def nobody() -> str:
    """Give an address where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"
