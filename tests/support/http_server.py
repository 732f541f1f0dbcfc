"""Serves a small app on a real socket, with the protocol of production."""

import asyncio
from contextlib import asynccontextmanager, nullcontext

import uvicorn

from app.http.connection_limits import ConnectionLimitProtocol
from tests.support.ports import free_port
from tests.support.waiting import until


async def body_size_app(scope, receive, send):
    """Answer every request with the size of its body."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"7")]})
    await send({"type": "http.response.body", "body": b"%7d" % size})


@asynccontextmanager
async def serving(app=None, *, protocol=ConnectionLimitProtocol, keep_alive=75, **limits):
    """Serve an app on a free port; `limits` replace the protocol's; yields a function that connects."""
    limited_protocol = type("LimitedProtocol", (protocol,), limits)
    port = free_port()
    log_options = {"log_config": None, "access_log": False}
    config = uvicorn.Config(
        app or body_size_app,
        port=port,
        http=limited_protocol,
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=keep_alive,
        **log_options,
    )
    server = uvicorn.Server(config)
    server.capture_signals = nullcontext  # pytest handles signals
    server_task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        yield lambda: asyncio.open_connection("127.0.0.1", port)
    finally:
        server.should_exit = True
        await server_task


async def read_until_closed(reader):
    """Read until the server closes the connection, cleanly or by reset."""
    try:
        return await asyncio.wait_for(reader.read(), 20)
    except ConnectionError:
        return b""
