"""Servers on loopback that are no Redis, or a Redis that does not answer: each is a handler of a connection."""

import asyncio
import re
import ssl
from contextlib import asynccontextmanager


@asynccontextmanager
async def serve(handle, *, tls=None):
    """Serve a handler; yields the port. `tls` is a certificate and its key."""
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
    writers = []

    async def keep(reader, writer):
        writers.append(writer)
        try:
            await handle(reader, writer)
        except ConnectionError:
            pass  # the client left
        finally:
            writer.close()

    server = await asyncio.start_server(keep, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await server.wait_closed()


def answers(reply, *, first=b""):
    """Answer each write by the same bytes, after a greeting."""

    async def handle(reader, writer):
        writer.write(first)
        while await reader.read(65536):
            writer.write(reply)
            await writer.drain()

    return handle


async def is_silent(reader, writer):
    await reader.read()


async def hangs_after_auth(reader, writer):
    await reader.read(65536)
    writer.write(b"+OK\r\n")
    await reader.read()


async def closes(reader, writer):
    """Close each connection at once, as a load balancer without a server does."""


speaks_http = answers(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
speaks_pop3 = answers(b"-ERR unknown command\r\n", first=b"+OK POP3 ready\r\n")
speaks_noise = answers(b"\x00\xff\x16\x03noise\r\n")
says_ok = answers(b"+OK\r\n" * 3)
promises_much = answers(b"*-7\r\n$99999999999\r\n")
nests_deeply = answers(b"*1\r\n" * 50)


MASTER = b"*3\r\n$6\r\nmaster\r\n:0\r\n*0"


def has_role(role, *, others=b"+OK"):
    """Answer each command by `others`, and ROLE by what a function returns at the time."""

    async def handle(reader, writer):
        while request := await reader.read(65536):
            for command in re.findall(rb"(?:\A|(?<=\n))\*\d+\r\n\$\d+\r\n(\w+)", request):
                writer.write((role() if command == b"ROLE" else others) + b"\r\n")

    return handle


def forwards_slowly(port, *, seconds):
    """Forward to a server on loopback, and hold each reply back for so long."""

    async def handle(reader, writer):
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", port)

        async def replies():
            while reply := await upstream_reader.read(65536):
                await asyncio.sleep(seconds)
                writer.write(reply)

        relaying = asyncio.create_task(replies())
        try:
            while request := await reader.read(65536):
                upstream_writer.write(request)
        finally:
            relaying.cancel()
            upstream_writer.close()

    return handle
