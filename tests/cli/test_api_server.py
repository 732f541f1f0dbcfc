"""The server's stop in single steps: no request is lost that reached this host before the socket was closed."""

import asyncio
import socket
from contextlib import suppress

import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.cli.api_server import ApiServer, make_config
from tests.support.builders import make_settings
from tests.support.waiting import until

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def answer(_):
    return PlainTextResponse("ok")


@pytest.fixture
async def server():
    """A server on a socket of its own, as `otp serve` runs it, but without its loop."""
    app = FastAPI(routes=[Route("/", answer)])
    made = ApiServer(
        make_config(app, make_settings(), drain_s=0), drain_s=0, on_serving=lambda: None, on_turn=lambda: None
    )
    made.config.load()
    made.lifespan = made.config.lifespan_class(made.config)
    made.sockets = [socket.create_server(("127.0.0.1", 0))]
    await made.startup(made.sockets)
    return made


def send_now(client):
    """Send a request before the event loop runs again."""
    client.settimeout(5)
    client.sendall(GET)
    client.settimeout(0)


async def test_connections_in_the_queue_of_the_socket_are_answered(server):
    clients = [socket.create_connection(server.sockets[0].getsockname()) for _ in range(5)]
    for client in clients:
        send_now(client)

    await server.shutdown(server.sockets)

    assert [await read(client) for client in clients] == ["200 close"] * 5


async def test_a_request_that_waits_on_an_idle_connection_is_answered(server):
    client = socket.create_connection(server.sockets[0].getsockname())
    send_now(client)
    first = await read(client, closes=False)
    send_now(client)

    await server.shutdown(server.sockets)

    assert (first, await read(client)) == ("200 keep", "200 close")


async def test_an_idle_connection_is_closed(server):
    client = socket.create_connection(server.sockets[0].getsockname())
    client.settimeout(0)
    await until(lambda: server.server_state.connections)

    await server.shutdown(server.sockets)

    assert await asyncio.get_running_loop().sock_recv(client, 1) == b""
    client.close()


async def read(client, *, closes=True):
    """Read an answer, and return its status and what it says of the connection."""
    loop, data = asyncio.get_running_loop(), b""
    while not data.endswith(b"ok"):
        piece = await asyncio.wait_for(loop.sock_recv(client, 4096), 10)
        assert piece, f"closed after {data!r}"
        data += piece
    if closes:
        with suppress(OSError):
            client.close()
    return f"{data.split()[1].decode()} {'close' if b'connection: close' in data.lower() else 'keep'}"
