"""How a request's head is read, on real connections: what never ends is hung up on."""

import asyncio
import contextlib
from contextlib import asynccontextmanager, nullcontext

import pytest
import uvicorn

from app.http.header_limits import MAX_BYTES, HeaderLimitProtocol
from tests.support.ports import free_port
from tests.support.waiting import until

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


async def hello(scope, receive, send):
    """Answer every request by the size of its body."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"7")]})
    await send({"type": "http.response.body", "body": b"%7d" % size})


@asynccontextmanager
async def serving(*, seconds, heads=HeaderLimitProtocol):
    """Serve on a free port, with so much patience; gives a way to connect."""
    hasty = type("Hasty", (heads,), {"seconds": seconds})
    port = free_port()
    quiet = {"log_config": None, "access_log": False}
    config = uvicorn.Config(
        hello, port=port, http=hasty, ws="none", lifespan="off", timeout_graceful_shutdown=1, **quiet
    )
    server = uvicorn.Server(config)
    server.capture_signals = nullcontext  # signals are pytest's
    running = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        yield lambda: asyncio.open_connection("127.0.0.1", port)
    finally:
        server.should_exit = True
        await running


async def rest_of(reader):
    """Read until the other side hangs up; an abrupt end is an end."""
    try:
        return await asyncio.wait_for(reader.read(), 20)
    except ConnectionError:
        return b""


@pytest.mark.parametrize("sent", [b"", b"GET", GET, GET + b"X-Slow: y"])
async def test_a_head_that_is_not_whole_in_time_is_hung_up_on(sent):
    """Or five hundred silent callers would hold five hundred connections."""
    async with serving(seconds=0.1) as connect:
        reader, writer = await connect()
        writer.write(sent)

        assert await rest_of(reader) == b""
        writer.close()


async def send_until_hung_up(writer, line):
    """Tell how many bytes went out before."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < 100 * MAX_BYTES:
            writer.write(line)
            await writer.drain()
            sent += len(line)
    return sent


@pytest.mark.parametrize("line", [b"X-Long: " + b"y" * 1000 + b"\r\n", b"z" * 1000])
async def test_a_head_that_never_ends_is_hung_up_on(line):
    """In many headers, or in one; long before it is a burden."""
    async with serving(seconds=60) as connect:
        reader, writer = await connect()
        writer.write(GET)
        sent = await send_until_hung_up(writer, line)

        assert await rest_of(reader) == b""
        assert sent < 100 * MAX_BYTES


CHUNKED = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"


@pytest.mark.parametrize(
    ("begin", "line"),
    [
        (b"0\r\n", b"X-Late: " + b"y" * 1000 + b"\r\n"),  # header after header behind the last chunk
        (b"0\r\n", b"z" * 1000),  # one without an end
        (b"", b"1;" + b"e" * 1000 + b"\r\nx\r\n"),  # chunks that say much about themselves
        (b"1;", b"e" * 1000),
        (b"0\r\n\r\n", b"\r\n" * 500),  # and nothing at all, behind a whole request
    ],
)
async def test_what_never_ends_around_a_body_is_hung_up_on(begin, line):
    """The parser keeps what comes behind a body, and no cap of a body counts it: memory filled by the gigabyte."""
    async with serving(seconds=60) as connect:
        _, writer = await connect()
        writer.write(CHUNKED + begin)
        sent = await send_until_hung_up(writer, line)

        assert sent < 100 * MAX_BYTES
        writer.close()


async def test_a_large_body_in_small_chunks_is_read():
    """A megabyte as HTTP clients cut it, with a header behind it; what is around it is little."""
    async with serving(seconds=60) as connect:
        reader, writer = await connect()
        for _ in range(2):
            writer.write(CHUNKED + b"400\r\n" + b"b" * 1024 + b"\r\n")
            for _ in range(1023):
                writer.write(b"400\r\n" + b"b" * 1024 + b"\r\n")
            writer.write(b"0\r\nX-Sum: 7\r\n\r\n")
            answer = await asyncio.wait_for(reader.readuntil(b"1048577"), 20)
            assert answer.startswith(b"HTTP/1.1 200")
        writer.close()


async def test_several_requests_on_one_connection_are_answered():
    """Each head counts for itself, and a body counts for none."""
    async with serving(seconds=60) as connect:
        reader, writer = await connect()
        for _ in range(3):
            writer.write(GET + b"X-Long: " + b"y" * (MAX_BYTES // 2) + b"\r\nContent-Length: 200000\r\n\r\n")
            writer.write(b"b" * 200_000)
            answer = await asyncio.wait_for(reader.readuntil(b" 200000"), 20)
            assert answer.startswith(b"HTTP/1.1 200")
        writer.close()


async def test_a_request_may_take_longer_than_its_head():
    """Its deadline is over with its head: a page may listen for hours."""
    ended = asyncio.Event()

    class Noting(HeaderLimitProtocol):
        def on_headers_complete(self):
            super().on_headers_complete()
            if self._deadline is None:
                ended.set()

    async with serving(seconds=60, heads=Noting) as connect:
        _, writer = await connect()
        writer.write(GET + b"Content-Length: 2\r\n\r\nb")

        await asyncio.wait_for(ended.wait(), 20)
        writer.close()
