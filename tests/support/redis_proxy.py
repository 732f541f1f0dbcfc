"""A TCP proxy in front of Redis that counts round trips and can send canned replies or none."""

import asyncio
import socket
from typing import Self
from urllib.parse import urlsplit

NO_REPLY = b""
_ROLE = b"*1\r\n$4\r\nROLE\r\n"


class RedisProxy:
    """Forward to the Redis at `url`, or send `canned_reply` instead once it is set (`NO_REPLY` sends nothing).

    A round trip is a request after a reply, however many pieces either arrives in; the question for the role, which the
    service asks each second beside its calls, is none.
    """

    def __init__(self, url):
        parts = urlsplit(url)
        self._upstream = parts.hostname, parts.port
        self._open = {}
        self.round_trips = 0
        self.canned_reply = None

    @property
    def url(self):
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"redis://{host}:{port}/0"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *exc):
        self._server.close()
        for writer in self._open:
            writer.transport.abort()
        await asyncio.gather(*self._open.values())
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        self._open[writer] = asyncio.current_task()
        redis_reader, redis_writer = await asyncio.open_connection(*self._upstream)
        state = {"is_waiting": False}
        replies = asyncio.create_task(self._relay_replies(redis_reader, writer, state))
        try:
            while request := await reader.read(65536):
                if not state["is_waiting"] and request != _ROLE:
                    self.round_trips += 1
                if self.canned_reply is None:
                    state["is_waiting"] = True
                    redis_writer.write(request)
                else:
                    writer.write(self.canned_reply)
        except ConnectionError:
            pass  # the client disconnected
        finally:
            replies.cancel()
            await asyncio.gather(replies, return_exceptions=True)
            redis_writer.close()
            writer.close()
            del self._open[writer]

    @staticmethod
    async def _relay_replies(reader, writer, state):
        while reply := await reader.read(65536):
            state["is_waiting"] = False
            writer.write(reply)


def closed_port_url():
    """Return the URL of a port on which no Redis listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{free.getsockname()[1]}/0"
