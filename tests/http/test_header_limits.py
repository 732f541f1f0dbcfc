"""Header limits on real connections: an endless or late head closes the connection."""

import asyncio
import contextlib

import pytest

from app.http.header_limits import MAX_BYTES, HeaderLimitProtocol
from tests.support.http_server import read_until_closed, serving

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize("sent", [b"", b"GET", GET, GET + b"X-Slow: y"])
async def test_incomplete_head_closes_the_connection_after_the_deadline(sent):
    """Otherwise silent clients would hold every connection."""
    async with serving(seconds=0.1) as connect:
        reader, writer = await connect()
        writer.write(sent)

        assert await read_until_closed(reader) == b""
        writer.close()


async def send_until_closed(writer, line):
    """Return the number of bytes sent before the connection closed."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < 100 * MAX_BYTES:
            writer.write(line)
            await writer.drain()
            sent += len(line)
    return sent


@pytest.mark.parametrize("line", [b"X-Long: " + b"y" * 1000 + b"\r\n", b"z" * 1000])
async def test_endless_head_closes_the_connection(line):
    """In many headers or in one, before it costs much memory."""
    async with serving(seconds=60) as connect:
        reader, writer = await connect()
        writer.write(GET)
        sent = await send_until_closed(writer, line)

        assert await read_until_closed(reader) == b""
        assert sent < 100 * MAX_BYTES


LARGE_HEADS = [GET + b"X-Long: " + b"y" * 70_000, GET + b"X-Y: 1\r\n".join([b"X-Z: " + b"z" * 93 + b"\r\n"] * 700)]


@pytest.mark.parametrize("before", [b"", GET + b"\r\n"])
@pytest.mark.parametrize("head", LARGE_HEADS, ids=["one header", "many"])
async def test_large_head_that_is_complete_in_one_read_is_not_served(before, head):
    async with serving(seconds=60) as connect:
        reader, writer = await connect()
        writer.write(before + head.rstrip() + b"\r\n\r\n")

        assert (await read_until_closed(reader)).count(b"HTTP/1.1 200") <= before.count(b"GET")
        writer.close()


async def test_requests_that_arrive_together_are_served_whatever_their_size_together():
    async with serving(seconds=60) as connect:
        reader, writer = await connect()
        writer.write(3 * (GET + b"X-Long: " + b"y" * 30_000 + b"\r\n\r\n"))

        for _ in range(3):
            response = await asyncio.wait_for(reader.readuntil(b"      0"), 20)
            assert response.startswith(b"HTTP/1.1 200")
        writer.close()


CHUNKED = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"


@pytest.mark.parametrize(
    ("begin", "line"),
    [
        (b"0\r\n", b"X-Late: " + b"y" * 1000 + b"\r\n"),  # endless trailers after the last chunk
        (b"0\r\n", b"z" * 1000),  # one endless trailer
        (b"", b"1;" + b"e" * 1000 + b"\r\nx\r\n"),  # large chunk extensions
        (b"1;", b"e" * 1000),
        (b"0\r\n\r\n", b"\r\n" * 500),  # empty lines after a complete request
    ],
)
async def test_endless_chunk_extensions_and_trailers_close_the_connection(begin, line):
    """The parser buffers it, and the body limit does not count it: it could fill gigabytes of memory."""
    async with serving(seconds=60) as connect:
        _, writer = await connect()
        writer.write(CHUNKED + begin)
        sent = await send_until_closed(writer, line)

        assert sent < 100 * MAX_BYTES
        writer.close()


async def test_large_body_in_small_chunks_is_read():
    """One MiB in chunks of 1 KiB with a trailer stays below the limit outside the body."""
    async with serving(seconds=60) as connect:
        reader, writer = await connect()
        for _ in range(2):
            writer.write(CHUNKED + b"400\r\n" + b"b" * 1024 + b"\r\n")
            for _ in range(1023):
                writer.write(b"400\r\n" + b"b" * 1024 + b"\r\n")
            writer.write(b"0\r\nX-Sum: 7\r\n\r\n")
            response = await asyncio.wait_for(reader.readuntil(b"1048577"), 20)
            assert response.startswith(b"HTTP/1.1 200")
        writer.close()


async def test_limit_resets_for_each_request_of_a_connection():
    """Each head is counted separately, and bodies are not counted."""
    async with serving(seconds=60) as connect:
        reader, writer = await connect()
        for _ in range(3):
            writer.write(GET + b"X-Long: " + b"y" * (MAX_BYTES // 2) + b"\r\nContent-Length: 200000\r\n\r\n")
            writer.write(b"b" * 200_000)
            response = await asyncio.wait_for(reader.readuntil(b" 200000"), 20)
            assert response.startswith(b"HTTP/1.1 200")
        writer.close()


async def test_deadline_ends_with_the_head():
    """A page may listen for hours after its head."""
    deadline_cancelled = asyncio.Event()

    class RecordingProtocol(HeaderLimitProtocol):
        def on_headers_complete(self):
            super().on_headers_complete()
            if self._deadline is None:
                deadline_cancelled.set()

    async with serving(seconds=60, protocol=RecordingProtocol) as connect:
        _, writer = await connect()
        writer.write(GET + b"Content-Length: 2\r\n\r\nb")

        await asyncio.wait_for(deadline_cancelled.wait(), 20)
        writer.close()
