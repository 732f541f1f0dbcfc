"""The benchmarks' callers make every call once, and count none that was refused. Nothing here is timed."""

import asyncio
import json
from contextlib import asynccontextmanager
from itertools import chain, repeat

import pytest

from tests.bench.load import Refused, open_lines, pace, post, saturate
from tests.support.waiting import until

MANY = 30
REQUESTS = [post("/", {"place": place}) for place in range(MANY)]
HANG_UP = None


class Server:
    """Knows what it was asked, answers by these statuses, and not before it was asked so often."""

    def __init__(self, statuses, *, waits_for=0):
        self.asked = []
        self.statuses = statuses
        self.lines = set()
        self._waits_for = waits_for
        self._waiting = []

    def hear(self, line, body):
        self.asked.append(json.loads(body)["place"])
        self._waiting.append((line, body))
        if len(self.asked) >= self._waits_for:
            for waiting, told in self._waiting:
                waiting.answer(next(self.statuses), told)
            self._waiting.clear()


class Connection(asyncio.Protocol):
    """Answers each call with what it was sent, in pieces."""

    def __init__(self, server):
        self._server = server
        self._read = b""

    def connection_made(self, transport):
        self._transport = transport
        self._server.lines.add(self)

    def connection_lost(self, _):
        self._server.lines.discard(self)

    def data_received(self, data):
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        if end and len(body) == int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            self._read = b""
            self._server.hear(self, body)

    def answer(self, status, body):
        if status is HANG_UP:
            self._transport.close()
            return
        head = b"HTTP/1.1 %d OK\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        for piece in (head[:20], head[20:], body[:3], body[3:]):
            self._transport.write(piece)


@asynccontextmanager
async def serving(statuses, **how):
    """Run a server until the block ends; gives it and its port."""
    server = Server(iter(statuses), **how)
    listening = await asyncio.get_running_loop().create_server(lambda: Connection(server), "127.0.0.1", 0)
    async with listening:
        yield server, listening.sockets[0].getsockname()[1]
        await until(lambda: not server.lines)


async def saturated(port):
    async with open_lines(port, 4) as lines:
        return await saturate(lines, REQUESTS, good=202)


async def paced(port):
    return [one.body for one in await pace(port, REQUESTS, rate=10_000, good=202)]


BOTH = pytest.mark.parametrize("call_all", [saturated, paced])


@BOTH
async def test_every_call_is_made_once_and_gets_its_own_answer(call_all):
    async with serving(repeat(202)) as (server, port):
        bodies = await call_all(port)

    assert sorted(server.asked) == list(range(MANY))
    assert [json.loads(body)["place"] for body in bodies] == list(range(MANY))


@BOTH
@pytest.mark.parametrize("status", [429, 200, HANG_UP], ids=["refused", "good elsewhere", "hung up"])
async def test_a_call_that_is_not_answered_as_it_should_be_ends_the_benchmark(call_all, status):
    """A refusal is quicker than the work, so that to count it would flatter."""
    async with serving(chain(repeat(202, MANY - 10), repeat(status))) as (_, port):
        with pytest.raises(Refused):
            await call_all(port)


async def test_at_a_fixed_rate_a_slow_answer_holds_up_nobody():
    """Else the calls behind it would not be made while it lasts, and would not be seen to wait."""
    async with serving(repeat(202), waits_for=MANY) as (_, port), asyncio.timeout(10):
        asked = await pace(port, REQUESTS, rate=10_000, good=202)

    assert max(one.written for one in asked) < min(one.answered for one in asked)
    assert all(one.milliseconds > 0 for one in asked)


async def test_saturated_uses_all_lines_at_once():
    async with (
        serving(repeat(202), waits_for=4) as (server, port),
        asyncio.timeout(10),
        open_lines(port, 4) as lines,
    ):
        await saturate(lines, REQUESTS[:4], good=202)

    assert sorted(server.asked) == [0, 1, 2, 3]
