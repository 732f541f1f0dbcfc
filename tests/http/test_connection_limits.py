"""What one connection may hold: pipelined requests, unread responses, and nothing after it ended."""

import asyncio
import gc
import weakref

import pytest

from app.http.connection_limits import MAX_QUEUED, ConnectionLimitProtocol
from tests.support.http_server import read_until_closed, serving
from tests.support.waiting import until

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LARGE = 100_000  # bytes of a response: more than the transport buffers before it pauses


class RecordingProtocol(ConnectionLimitProtocol):
    """Records its instances, without keeping them."""

    instances: weakref.WeakSet

    def connection_made(self, transport):
        super().connection_made(transport)
        self.instances.add(self)


class WaitingApp:
    """An app whose requests wait until `open` is set; it counts those that have started."""

    def __init__(self, size=2):
        self.open = asyncio.Event()
        self.started = 0
        self.size = size

    async def __call__(self, scope, receive, send):
        self.started += 1
        await self.open.wait()
        headers = [(b"content-length", b"%d" % self.size)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"x" * self.size})


@pytest.fixture
def recording():
    """A protocol class whose `instances` are those of this test."""
    return type("Protocol", (RecordingProtocol,), {"instances": weakref.WeakSet()})


async def test_every_pipelined_request_is_served_in_order_and_at_most_sixteen_wait(recording):
    app = WaitingApp()
    async with serving(app, protocol=recording) as connect:
        reader, writer = await connect()
        writer.write(GET * 1500)
        await until(lambda: app.started)
        (protocol,) = recording.instances
        queued = len(protocol.pipeline)
        app.open.set()
        answers = await asyncio.wait_for(reader.readexactly(1500 * len(b"xx")), 20)
        await until(lambda: app.started == 1500)
        writer.close()

    assert queued <= MAX_QUEUED
    assert answers.startswith(b"HTTP/1.1 200 OK")


async def test_a_request_in_pieces_behind_a_full_queue_is_served(recording):
    """The rest of a head, and a body with empty lines, arrive while earlier requests still wait."""
    app = WaitingApp()
    body = b"\r\n\r\n" * 50
    late = b"POST /late HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
    async with serving(app, protocol=recording) as connect:
        reader, writer = await connect()
        writer.write(GET * 40 + late[:30])
        await until(lambda: app.started)
        writer.write(late[30:] + body)
        app.open.set()

        assert (await read_until_closed(reader)).count(b"HTTP/1.1 200") == 41
        writer.close()


async def test_no_request_starts_while_a_response_is_not_read(recording):
    app = WaitingApp(LARGE)
    app.open.set()
    async with serving(app, protocol=recording) as connect:
        reader, writer = await connect()
        writer.write(GET * 1000)
        await until(lambda: app.started)
        (protocol,) = recording.instances
        await until(lambda: protocol.flow.write_paused)
        await asyncio.sleep(0.1)
        held = protocol.transport.get_write_buffer_size()
        started = app.started
        await asyncio.wait_for(reader.readexactly(50 * LARGE), 20)

        assert held < 4 * LARGE
        assert app.started > started, "it goes on once the peer reads"
        writer.close()


async def test_a_response_that_is_never_read_ends_the_connection(recording):
    app = WaitingApp(LARGE)
    app.open.set()
    async with serving(app, protocol=recording, stall_seconds=0.2) as connect:
        _, writer = await connect()
        writer.write(GET * 1000)
        await until(lambda: recording.instances)

        await until(lambda: not recording.instances, within=5)
        writer.close()


async def test_a_reader_that_is_slow_but_reads_keeps_its_connection(recording):
    app = WaitingApp(LARGE * 50)
    app.open.set()
    async with serving(app, protocol=recording, stall_seconds=0.5) as connect:
        reader, writer = await connect()
        writer.write(GET)
        for _ in range(10):
            await reader.readexactly(LARGE * 4)
            await asyncio.sleep(0.12)
        answer = await asyncio.wait_for(reader.readexactly(LARGE * 9), 5)

        assert len(answer) == LARGE * 9
        writer.close()


async def test_nothing_of_a_connection_outlives_it(recording):
    """Garbage collections are rare in the service: what only they would free, stays for hours."""
    app = WaitingApp()
    async with serving(app, protocol=recording) as connect:
        gc.disable()
        try:
            reader, writer = await connect()
            writer.write(GET * 1500)
            await until(lambda: app.started)
            writer.transport.abort()
            app.open.set()
            del reader, writer
            await until(lambda: not recording.instances, within=5)
        finally:
            gc.enable()


async def test_an_idle_connection_lives_as_long_as_the_keep_alive():
    async with serving(keep_alive=1) as connect:
        reader, writer = await connect()
        writer.write(GET)
        await asyncio.wait_for(reader.readuntil(b"0"), 5)
        await asyncio.sleep(0.7)
        writer.write(GET)

        assert (await read_until_closed(reader)).count(b"HTTP/1.1 200") == 1
        writer.close()
