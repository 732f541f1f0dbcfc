"""The load generator: every call is made once, and an unexpected response aborts. Nothing here is timed."""

import asyncio
import json
from contextlib import asynccontextmanager
from itertools import chain, repeat

import pytest

from tests.bench.load import UnexpectedResponse, open_connections, pace, post, saturate
from tests.support.waiting import until

MANY = 30
REQUESTS = [post("/", {"index": index}) for index in range(MANY)]
CLOSE = None


class Server:
    """Record the requests and answer with the given statuses once `waits_for` requests have arrived."""

    def __init__(self, statuses, *, waits_for=0):
        self.received = []
        self.statuses = statuses
        self.connections = set()
        self._waits_for = waits_for
        self._waiting = []

    def receive(self, connection, body):
        self.received.append(json.loads(body)["index"])
        self._waiting.append((connection, body))
        if len(self.received) >= self._waits_for:
            for waiting, request_body in self._waiting:
                waiting.answer(next(self.statuses), request_body)
            self._waiting.clear()


class Connection(asyncio.Protocol):
    """Echo each request body, in pieces."""

    def __init__(self, server):
        self._server = server
        self._read = b""

    def connection_made(self, transport):
        self._transport = transport
        self._server.connections.add(self)

    def connection_lost(self, _):
        self._server.connections.discard(self)

    def data_received(self, data):
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        if end and len(body) == int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            self._read = b""
            self._server.receive(self, body)

    def answer(self, status, body):
        if status is CLOSE:
            self._transport.close()
            return
        head = b"HTTP/1.1 %d OK\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        for piece in (head[:20], head[20:], body[:3], body[3:]):
            self._transport.write(piece)


@asynccontextmanager
async def run_server(statuses, **options):
    """Run a server until the block ends; yield it and its port."""
    server = Server(iter(statuses), **options)
    listening = await asyncio.get_running_loop().create_server(lambda: Connection(server), "127.0.0.1", 0)
    async with listening:
        yield server, listening.sockets[0].getsockname()[1]
        await until(lambda: not server.connections)


async def saturated(port):
    async with open_connections(port, 4) as connections:
        return await saturate(connections, REQUESTS, good=202)


async def paced(port):
    return [one.body for one in await pace(port, REQUESTS, rate=10_000, good=202)]


BOTH_MODES = pytest.mark.parametrize("call_all", [saturated, paced])


@BOTH_MODES
async def test_every_call_is_made_once_and_receives_its_own_response(call_all):
    async with run_server(repeat(202)) as (server, port):
        bodies = await call_all(port)

    assert sorted(server.received) == list(range(MANY))
    assert [json.loads(body)["index"] for body in bodies] == list(range(MANY))


@BOTH_MODES
@pytest.mark.parametrize("status", [429, 200, CLOSE], ids=["refused", "good elsewhere", "hung up"])
async def test_unexpected_response_aborts_the_benchmark(call_all, status):
    """A refused call is faster than a served one, so counting it would improve the result."""
    async with run_server(chain(repeat(202, MANY - 10), repeat(status))) as (_, port):
        with pytest.raises(UnexpectedResponse):
            await call_all(port)


async def test_slow_response_delays_no_other_call_at_a_fixed_rate():
    """Otherwise later calls would be delayed, and their waiting time would not be measured."""
    async with run_server(repeat(202), waits_for=MANY) as (_, port), asyncio.timeout(10):
        timed_calls = await pace(port, REQUESTS, rate=10_000, good=202)

    assert max(call.written for call in timed_calls) < min(call.answered for call in timed_calls)
    assert all(call.milliseconds > 0 for call in timed_calls)


async def test_saturate_uses_all_connections_concurrently():
    async with (
        run_server(repeat(202), waits_for=4) as (server, port),
        asyncio.timeout(10),
        open_connections(port, 4) as connections,
    ):
        await saturate(connections, REQUESTS[:4], good=202)

    assert sorted(server.received) == [0, 1, 2, 3]
