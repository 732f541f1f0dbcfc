"""A relay in front of Redis: it counts round trips, and may answer in Redis' stead or fall silent."""

import asyncio
import socket
from typing import Self
from urllib.parse import urlsplit

SILENCE = b""


class Wire:
    """Relays to the Redis of `url`; `says` is what it answers instead, from now on (`SILENCE` for nothing).

    A round trip is a question after an answer, however many pieces either comes in.
    """

    def __init__(self, url):
        there = urlsplit(url)
        self._there = there.hostname, there.port
        self._open = {}
        self.round_trips = 0
        self.says = None

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
        redis_reader, redis_writer = await asyncio.open_connection(*self._there)
        turn = {"asked": False}
        answers = asyncio.create_task(self._answer(redis_reader, writer, turn))
        try:
            while question := await reader.read(65536):
                if not turn["asked"]:
                    self.round_trips += 1
                if self.says is None:
                    turn["asked"] = True
                    redis_writer.write(question)
                else:
                    writer.write(self.says)
        except ConnectionError:
            pass  # the caller has left
        finally:
            answers.cancel()
            await asyncio.gather(answers, return_exceptions=True)
            redis_writer.close()
            writer.close()
            del self._open[writer]

    @staticmethod
    async def _answer(reader, writer, turn):
        while answer := await reader.read(65536):
            turn["asked"] = False
            writer.write(answer)


def closed_port():
    """Give the address of a Redis that is not there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{free.getsockname()[1]}/0"
