"""Requests that ask for an upgrade, on real connections: served with their body, and never parsed as two."""

import asyncio

import pytest

from tests.support.http_server import read_until_closed, serving

HEADS = {
    "java": b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
    b"Upgrade: h2c\r\n",
    "curl": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQBAAAAAAIAAAAA\r\n",
    "websocket": b"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    "unknown": b"Connection: Upgrade\r\nUpgrade: foo\r\n",
    "several": b"Connection: upgrade\r\nUpgrade: foo\r\nUpgrade: bar/2, TLS/1.0\r\n",
    "only the header": b"Upgrade: foo\r\n",
    "only the option": b"Connection: Upgrade\r\n",
    "tls": b"Connection: UPGRADE\r\nUpgrade: TLS/1.3\r\n",
}
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


async def paths_app(scope, receive, send):
    """Answer with the path and the size of the body."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    body = f"<{scope['path']} {size}>".encode()
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def post(head, body, *, chunked=False, path=b"/asked"):
    if chunked:
        framing, body = b"Transfer-Encoding: chunked\r\n", b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    else:
        framing = b"Content-Length: %d\r\n" % len(body)
    return b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n" + head + framing + b"\r\n", body


async def exchange(connect, *pieces, pause=0.05):
    """Send each piece by itself, then a last request that closes the connection; return all responses."""
    reader, writer = await connect()
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)  # so that it arrives as a separate packet, as on a slow network
    writer.write(b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answers = await read_until_closed(reader)
    writer.close()
    return answers


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
async def test_the_body_is_served_in_one_packet_and_in_two(head, chunked):
    start, body = post(head, b"x" * 1000, chunked=chunked)
    async with serving(paths_app) as connect:
        for pieces in ([start + body], [start, body], [start + body[:10], body[10:]], [start[:40], start[40:] + body]):
            answers = await exchange(connect, *pieces)

            assert answers.count(b"HTTP/1.1 200") == 2
            assert b"</asked 1000>" in answers
            assert b"</last 0>" in answers


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
async def test_a_body_that_looks_like_a_request_is_not_served_as_one(head):
    start, body = post(head, SMUGGLED)
    async with serving(paths_app) as connect:
        answers = await exchange(connect, start, body)

    assert b"smuggled" not in answers
    assert b"</asked %d>" % len(SMUGGLED) in answers


async def test_a_request_without_a_body_is_served_and_the_next_one_too():
    async with serving(paths_app) as connect:
        answers = await exchange(connect, b"GET /asked HTTP/1.1\r\nHost: x\r\n" + HEADS["java"] + b"\r\n")

    assert (b"</asked 0>" in answers, b"</last 0>" in answers) == (True, True)


async def test_pipelined_requests_that_ask_for_an_upgrade_are_served_in_order():
    start, body = post(HEADS["java"], b"xy")
    async with serving(paths_app) as connect:
        answers = await exchange(connect, (start + body) * 5)

    assert answers.count(b"</asked 2>") == 5


@pytest.mark.parametrize(
    "sent",
    [
        b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n" + SMUGGLED,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SMUGGLED,  # HTTP/2 with prior knowledge
        b"POST /asked HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: foo\r\nContent-Length: 3\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" + SMUGGLED,
        b"POST /asked HTTP/1.1\r\nHost: x\r\nUpgrade: foo\r\nConnection: Upgrade\r\nContent-Length: 3\r\n"
        b"Content-Length: 4\r\n\r\n" + SMUGGLED,
    ],
    ids=["connect", "http2", "two framings", "two lengths"],
)
async def test_a_head_that_cannot_be_served_closes_the_connection(sent):
    async with serving(paths_app) as connect:
        reader, writer = await connect()
        writer.write(sent)
        answers = await read_until_closed(reader)
        writer.close()

    assert answers.count(b"HTTP/1.1 400") == 1
    assert answers.count(b"HTTP/1.1 ") == 1


async def test_expect_100_continue_gets_its_100_with_an_upgrade_too():
    start, body = post(HEADS["curl"] + b"Expect: 100-continue\r\n", b"x" * 10)
    async with serving(paths_app) as connect:
        reader, writer = await connect()
        writer.write(start)
        assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5) == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(body)
        assert b"</asked 10>" in await asyncio.wait_for(reader.readuntil(b">"), 5)
        writer.close()
