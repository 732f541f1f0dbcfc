"""Sends what many ask of Redis at the same time as one write, and gives each its own answer."""

import asyncio
import math
from collections import deque
from dataclasses import dataclass
from typing import Any

from hiredis import pack_command
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ResponseError

_LONGEST = 2.0  # seconds that a caller waits
_LONGEST_SILENCE = 1.0  # likewise, from the moment when the command was written


@dataclass(slots=True, repr=False)
class _Question:
    """A command as it is written, who waits for its answer, and until when by the loop's clock."""

    command: bytes
    answer: "asyncio.Future[Any]"
    ends: float


class PipedRedis(Redis):
    """A client whose commands share a connection, and those of one turn of the loop a write.

    Redis does them one by one in any case, so a caller sees no difference but the time: what redis-py spends on
    borrowing a connection, on packing and on time limits is more than what most scripts take.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  as the base class has it
        super().__init__(**options)
        self._waiting: list[_Question] = []
        self._talk: asyncio.Task[None] | None = None
        self._line: AbstractConnection | None = None

    async def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  as the base class has it
        """Give Redis' answer within 2 s, whatever hangs; raises what redis-py raises, or `TimeoutError`."""
        name, *rest = args
        loop = asyncio.get_running_loop()
        question = _Question(pack_command((*name.split(), *rest)), loop.create_future(), loop.time() + _LONGEST)
        self._waiting.append(question)
        if self._talk is None:
            self._talk = loop.create_task(self._talk_until_quiet())
        said = await question.answer
        options.pop("keys", None)  # redis-py's cache would want to know them
        understand = self.response_callbacks.get(name)
        return understand(said, **options) if understand else said

    async def _talk_until_quiet(self) -> None:
        """Have conversations until nobody waits; whoever has no answer when one breaks is told so."""
        while self._waiting:
            asked: deque[_Question] = deque()
            try:
                async with asyncio.timeout_at(self._waiting[0].ends) as patience:
                    await self._converse(asked, patience)
            except Exception as error:  # noqa: BLE001  whatever it is, those who wait for an answer must learn of it
                if not asked:
                    asked, self._waiting = deque(self._waiting), []
                for question in asked:
                    if not question.answer.done():
                        question.answer.set_exception(error)
        self._talk = None

    async def _converse(self, asked: deque[_Question], patience: asyncio.Timeout) -> None:
        """Write what waits and read what is answered, on one connection; `asked` are those that have no answer yet."""
        line = await self._open_line()
        try:
            while self._waiting or asked:
                if self._waiting:
                    ends = asyncio.get_running_loop().time() + _LONGEST_SILENCE
                    for question in self._waiting:
                        question.ends = min(question.ends, ends)
                    written = b"".join(question.command for question in self._waiting)
                    asked.extend(self._waiting)
                    self._waiting = []
                    patience.reschedule(asked[0].ends)
                    await line.send_packed_command(written)
                if patience.when() != asked[0].ends:
                    patience.reschedule(asked[0].ends)
                await _read(line, asked[0].answer)
                asked.popleft()
        except BaseException:
            await line.disconnect(nowait=True)  # answers that nobody read would be taken for the next ones'
            raise

    async def _open_line(self) -> AbstractConnection:
        """Give the connection; it is borrowed once, and opened again where Redis has closed it since."""
        if self._line is None:
            self._line = await self.connection_pool.get_connection()  # type: ignore[no-untyped-call]  # redis-py types it half
            self._line.socket_timeout = None  # a time limit of its own for each write and read would cost as much again
        else:
            await self.connection_pool.ensure_connection(self._line)
        return self._line


async def _read(connection: Any, answer: "asyncio.Future[Any]") -> None:  # noqa: ANN401  one of redis-py's kinds
    try:
        said = await connection.read_response(timeout=math.inf)
    except ResponseError as error:
        if not answer.done():
            answer.set_exception(error)
    else:
        if not answer.done():
            answer.set_result(said)
