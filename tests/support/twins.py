"""The same service twice: once with the shortcut, once on FastAPI's own way all along."""

import random
import re
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import orjson
from fakeredis import FakeServer

from app.api.guard import Guard
from app.api.shortcut import Shortcut
from app.main import create_app
from app.services.generate import code_of
from app.services.operate import block
from app.store.connection import EMBEDDED, open_redis
from app.wiring import Tools, open_tools
from tests.support.makers import Clock

TAG = "{otp}"
BLOCKED = "+31611111111"
_REQUEST_ID = re.compile(rb"rq_[A-Za-z0-9_-]{22}")
_QUEUE = f"{TAG}:sends_queue"


@dataclass(frozen=True, repr=False)
class Answer:
    """What came back over the wire, the header lines in their order; each request's own id is cut short."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def code(self):
        """The error's word, or the status where it is none."""
        is_problem = (b"content-type", b"application/problem+json") in self.headers
        return orjson.loads(self.body)["code"] if is_problem and self.body else str(self.status)


@dataclass
class Side:
    """One of the two; no worker runs beside it, and `inside` counts what came as far as FastAPI."""

    app: object
    tools: Tools
    server: FakeServer
    redis: object
    inside: list[str]

    async def answer(self, request):
        """Make one call as a server would; None where nothing was answered."""
        sent = []

        async def send(message):
            sent.append(message)

        await self.app(request.scope({"tools": self.tools}), request.receiver(), send)
        return _read(sent) if sent else None

    async def code_of(self, id, *, length):
        """Derive the code of a pending verification, as a worker would."""
        secret = await self.redis.get(f"{TAG}:secret:{id}")
        return secret and code_of(secret, verification=id, length=length, keyring=self.tools.keyring)

    async def break_store(self):
        """Put a word where a set belongs; no script foresees that."""
        await self.redis.set(f"{TAG}:blocked", "x")

    async def drain(self):
        await self.redis.delete(_QUEUE)

    async def crowd(self):
        """Leave a job in the queue that nobody took since 1970."""
        await self.redis.delete(_QUEUE)
        await self.redis.xadd(_QUEUE, {"verification": "vf_x", "send": "1"}, id="1-1")

    async def kept(self):
        """Read all that is kept, but the queue: Redis makes the ids of jobs of its own time."""
        await self.drain()
        keys = [key async for key in self.redis.scan_iter(count=10_000)]
        async with self.redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.dump(key)
            return dict(zip(keys, await pipe.execute(), strict=True))


@dataclass
class Twins:
    """Both, on one clock, and each with a store and the same chances of its own."""

    fast: Side
    slow: Side
    clock: Clock

    async def answer(self, request):
        """Let both answer the same request."""
        return await self.fast.answer(request), await self.slow.answer(request)

    async def both(self, act):
        """Do something to both."""
        for side in (self.fast, self.slow):
            await act(side)

    def reach(self, is_there):
        """Let Redis be away for both, or be back."""
        for side in (self.fast, self.slow):
            side.server.connected = is_there


@asynccontextmanager
async def open_twins(settings, seed, *, body_seconds=10):
    """Open both; the one without the shortcut had one, and lost it before it began."""
    clock = Clock()
    async with AsyncExitStack() as stack:
        sides = []
        for is_fast in (True, False):
            app, inside = _build(settings, clock, is_fast=is_fast, body_seconds=body_seconds)
            sides.append(await stack.enter_async_context(_open(app, inside, settings, clock, seed)))
        yield Twins(*sides, clock)


def _build(settings, clock, *, is_fast, body_seconds):
    app = create_app(settings, clock=lambda: clock.now / 1000)
    assert (type(app.front), type(app.front.app)) == (Guard, Shortcut)
    inside = []
    behind = _Inside(app.answer, seen=inside)
    app.front.app = Shortcut(behind) if is_fast else behind
    app.front.body_seconds = body_seconds
    return app, inside


@asynccontextmanager
async def _open(app, inside, settings, clock, seed):
    chance, server = random.Random(seed).randbytes, FakeServer()  # noqa: S311  the same for both
    async with open_tools(settings, now=clock, chance=chance, server=server) as tools:
        await block(BLOCKED, keyring=tools.keyring, numbers=tools.numbers)
        redis = open_redis(EMBEDDED, server=server)
        yield Side(app, tools, server, redis, inside)
        await redis.aclose()


class _Inside:
    """Notes what comes through all that stands in front of FastAPI."""

    def __init__(self, app, seen):
        self._app = app
        self._seen = seen

    async def __call__(self, scope, receive, send):
        self._seen.append(scope["path"])
        await self._app(scope, receive, send)


def _read(sent):
    """Read the messages of one answer, which have to be in the shape that ASGI wants."""
    start, *bodies = sent
    assert start["type"] == "http.response.start"
    assert {message["type"] for message in bodies} == {"http.response.body"}
    assert [message.get("more_body", False) for message in bodies] == [True] * (len(bodies) - 1) + [False]
    headers = [(bytes(name), _REQUEST_ID.sub(b"rq_", value)) for name, value in start["headers"]]
    body = b"".join(message.get("body", b"") for message in bodies)
    return Answer(start["status"], headers, _REQUEST_ID.sub(b"rq_", body))


def difference(fast, slow):
    """Say in what two answers differ, without a value that may be secret; "" where in nothing."""
    if fast == slow:
        return ""
    if fast is None or slow is None:
        return f"{'the fast' if fast is None else 'the slow'} one did not answer"
    is_other = (fast.status, fast.code) != (slow.status, slow.code)
    lines = {name.decode() for name, _ in set(fast.headers) ^ set(slow.headers)}
    said = {
        f"status {fast.status} for {slow.status}; code {fast.code} for {slow.code}": is_other,
        f"headers {sorted(lines)}": bool(lines),
        "the order of headers": not lines and fast.headers != slow.headers,
        "the body": fast.body != slow.body,
    }
    return "; ".join(what for what, is_so in said.items() if is_so)
