"""Outbound connections on the wire: framing, reuse, TLS, and responses that no honest server sends."""

import asyncio
import ssl
from contextlib import asynccontextmanager, suppress

import pytest

from app.domain.gateway import Refused, Unreachable, Unsure
from app.http_client.pool import HttpClientPool, Timeouts
from tests.support.certificates import make_certificate

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class RawServer:
    """Answers each request with the next bytes, and then closes the connection if the script says so."""

    def __init__(self):
        self.script, self.requests, self.connections = [], [], 0
        self.tasks = []
        self.default = (OK, False)

    async def serve(self, reader, writer):
        self.connections += 1
        self.tasks.append(asyncio.current_task())
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
                self.requests.append(head + await reader.readexactly(length))
                answer, closes = self.script.pop(0) if self.script else self.default
                for piece in [answer] if isinstance(answer, bytes) else answer:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.01)
                if closes:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()


@asynccontextmanager
async def raw_server(tls=None):
    server = RawServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in server.tasks:
            task.cancel()
        await asyncio.gather(*server.tasks, return_exceptions=True)


@pytest.fixture
async def server():
    async with raw_server() as server:
        yield server


@pytest.fixture
async def call(server):
    pool = HttpClientPool(Timeouts(connect=1.0, total=2.0))

    async def call(**options):
        return await pool.call("peer", "POST", f"http://127.0.0.1:{server.port}/x", **options)

    yield call
    await pool.close()


@pytest.mark.parametrize(
    ("answer", "closes", "status", "body"),
    [
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3;x=y\r\ncde\r\n0\r\nT: z\r\n\r\n",
            False,
            200,
            b"abcde",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", True, 200, b"until the end"),
        (b"HTTP/1.0 200 OK\r\n\r\nold", True, 200, b"old"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nend", True, 200, b"end"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", False, 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", False, 304, b""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, False, 200, b"ok"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK, False, 200, b"ok"),
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", False, 200, b"ok"),
        ([OK[:1], OK[1:9], OK[9:-1], OK[-1:]], False, 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", False, 200, b""),
    ],
    ids=range(11),
)
async def test_every_framing_of_a_body_is_read(server, call, answer, closes, status, body):
    server.script = [(answer, closes)]

    response = await call(json={})

    assert (response.status, response.body) == (status, body)
    assert (await call(json={})).body == b"ok", "the next call is not disturbed"


@pytest.mark.parametrize(
    ("answer", "closes"),
    [
        (b"", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", True),
        (b"HTTP/1.1 200 OK\r\nContent-Le", True),
        (b"SSH-2.0-OpenSSH\r\n", True),
        (b"HTTP/2.0 200 OK\r\nContent-Length: x\r\n\r\n", False),
        (b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"y" * 400_000, False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1;" + b"e" * 400_000, False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 400_000, False),
    ],
    ids=range(10),
)
async def test_an_unreadable_response_is_unsure_and_its_connection_is_not_used_again(server, call, answer, closes):
    server.script = [(answer, closes)]

    with pytest.raises(Unsure):
        await call(json={})
    assert (await call(json={})).body == b"ok"
    assert server.connections == 2


async def test_bytes_after_a_response_are_never_taken_for_the_next_one(server, call):
    """They could report an SMS as accepted that was not."""
    server.script = [(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale", False)]

    await asyncio.gather(call(json={}), return_exceptions=True)
    await asyncio.sleep(0.05)

    assert (await call(json={})).body == b"ok"


async def test_a_connection_that_the_peer_closed_is_replaced_before_anything_is_sent(server, call):
    server.script = [(OK, True)]
    await call(json={})
    await asyncio.sleep(0.05)

    assert (await call(json={})).body == b"ok"
    assert (server.connections, len(server.requests)) == (2, 2)


async def test_parallel_calls_have_connections_of_their_own_and_keep_them(server, call):
    for _ in range(3):
        await asyncio.gather(*(call(json={}) for _ in range(5)))

    assert server.connections == 5


async def test_a_cancelled_call_leaves_no_answer_for_the_next_one(server, call):
    server.script = [([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"", b"", b"", b"", b"", b"stale"], False)]
    task = asyncio.create_task(call(json={}))
    await asyncio.sleep(0.03)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert (await call(json={})).body == b"ok"


async def test_the_request_is_written_as_rfc_9112_has_it(server, call):
    await call(json={"a": 1}, headers={"X-Key": "v"})

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /x HTTP/1.1"
    assert {b"Host: 127.0.0.1:%d" % server.port, b"Content-Length: 7", b"X-Key: v", b"User-Agent: otp"} <= set(
        lines[1:]
    )
    assert body == b'{"a":1}'


@pytest.mark.parametrize("header", [{"X-A": "b\r\nX-Injected: 1"}, {"X-A": "b\0"}, {"X\nA": "b"}])
async def test_a_header_that_would_end_its_line_is_refused_and_nothing_is_sent(server, call, header):
    with pytest.raises(Refused):
        await call(json={}, headers=header)
    assert server.requests == []


@pytest.mark.parametrize("trusted", [True, False])
async def test_tls_is_verified_before_anything_is_sent(tmp_path, trusted):
    certificate, key = make_certificate(tmp_path, "localhost")
    serving, asking = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    serving.load_cert_chain(certificate, key)
    if trusted:
        asking.load_verify_locations(certificate)
    pool = HttpClientPool(tls=asking)
    async with raw_server(serving) as server:
        for _ in range(2):
            call = pool.call("peer", "GET", f"https://localhost:{server.port}/")
            if trusted:
                assert (await call).body == b"ok"
            else:
                with pytest.raises(Unreachable):
                    await call
        assert (server.connections, len(server.requests)) == ((1, 2) if trusted else (0, 0))
        await pool.close()


async def test_a_certificate_of_another_host_is_unreachable(tmp_path):
    certificate, key = make_certificate(tmp_path, "other.example")
    serving, asking = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    serving.load_cert_chain(certificate, key)
    asking.load_verify_locations(certificate)
    pool = HttpClientPool(tls=asking)
    async with raw_server(serving) as server:
        with pytest.raises(Unreachable):
            await pool.call("peer", "GET", f"https://localhost:{server.port}/")
        await pool.close()


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "unix:/x", "http://no-such-host.invalid/"])
async def test_an_address_that_cannot_be_called_is_unreachable_or_refused(url):
    pool = HttpClientPool(Timeouts(connect=2.0, total=3.0))
    with pytest.raises((Unreachable, Refused)):
        await pool.call("peer", "GET", url)
    await pool.close()
