"""Serve the embedded store of `otp dev` to the other commands of the same user, on a Unix socket.

Unlike a port on the loopback interface, other users of the machine cannot connect to it: folder and socket are the
owner's alone. Database 0 is the store. Database 1 holds the description of the service, with its settings: so they are
never written to a disk, and a killed service leaves nothing but the name of its socket.

fakeredis reads and runs the commands. Its own `TcpFakeServer` is not used, because it closes a connection after an
error, such as the NOSCRIPT of a script's first call, and after a reply that is larger than the socket's buffer.
"""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from fakeredis import FakeRedis, FakeServer
from fakeredis._clients._tcp_server import encode_reply  # its public callers are bound to TCP and to threads
from fakeredis.aioredis import AsyncFakeSocket
from redis.asyncio import Redis

from app.cli.dev_services import DESCRIPTION_DATABASE, DESCRIPTION_KEY, DevService, live_sockets, socket_folder

_BLOCK = 65536  # bytes


@asynccontextmanager
async def serve_to_commands(service: DevService, store: FakeServer, environ: Mapping[str, str]) -> AsyncIterator[bool]:
    """Serve store and description until the block ends; yields False if there is no private folder for the socket.

    Commands that block are not supported, and no `otp` command uses one.
    """
    FakeRedis(server=store, db=DESCRIPTION_DATABASE).set(DESCRIPTION_KEY, service.to_json())
    folder = socket_folder(environ)
    path = folder / f"{secrets.token_hex(4)}.sock" if folder else None
    listening = _listen(path) if path else None
    if path is None or listening is None:
        yield False
        return
    clients: set[asyncio.StreamWriter] = set()
    server = await asyncio.start_unix_server(partial(_answer, store, clients), sock=listening)
    try:
        yield True
    finally:
        path.unlink(missing_ok=True)
        server.close()
        for client in clients:
            client.transport.abort()  # a suspended command must not delay the stop


def _listen(path: Path) -> socket.socket | None:
    """Listen on the path, and remove what killed services have left; None if the folder cannot be written.

    The socket gets its name once it listens: until then a command would take it for one that was left.
    """
    unnamed = path.with_name(f".{path.name}")
    listening = socket.socket(socket.AF_UNIX)
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        live_sockets(path.parent)
        listening.bind(str(unnamed))
        unnamed.chmod(0o600)
        listening.listen()
        unnamed.rename(path)
    except OSError:
        listening.close()
        return None
    return listening


async def _answer(
    store: FakeServer,
    clients: set[asyncio.StreamWriter],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Run the commands of one connection, until the client closes it."""
    clients.add(writer)
    connection = AsyncFakeSocket(store, 0, client_class=Redis)
    replies = connection.responses
    try:
        while data := await reader.read(_BLOCK):
            connection.sendall(data)
            while not replies.empty():
                writer.write(encode_reply(replies.get_nowait(), connection._client_info.protocol_version))  # noqa: SLF001  a HELLO sets it
            await writer.drain()
    except ConnectionError:
        pass  # the command ended before its replies, or the service stops
    finally:
        clients.discard(writer)
        connection.close()
        writer.close()
