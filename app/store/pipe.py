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
    """A client whose commands share one connection, and those that come at the same time one write.

    Redis does them one by one in any case, so a caller sees no difference but the time: what redis-py spends on
    borrowing a connection, on packing and on time limits is more than what most scripts take. A second connection
    was measured and gained nothing.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  as the base class has it
        super().__init__(**options)
        self._waiting: list[_Question] = []
        self._line: AbstractConnection | None = None
        self._talk: asyncio.Task[None] | None = None

    async def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  as the base class has it
        """Give Redis' answer within 2 s, whatever hangs; raises what redis-py raises, or `TimeoutError`."""
        name, *rest = args
        loop = asyncio.get_running_loop()
        question = _Question(pack_command((*name.split(), *rest)), loop.create_future(), loop.time() + _LONGEST)
        self._waiting.append(question)
        if self._talk is None:
            self._talk = loop.create_task(self._talk_until_quiet())  # it begins when this turn of the loop is over
        said = await question.answer
        options.pop("keys", None)  # redis-py's cache would want to know them
        understand = self.response_callbacks.get(name)
        return understand(said, **options) if understand else said

    async def _talk_until_quiet(self) -> None:
        """Ask what waits, again and again until nothing does; whoever has no answer when it breaks is told so."""
        while self._waiting:
            asked, self._waiting = deque(self._waiting), []
            try:
                async with asyncio.timeout_at(asked[0].ends) as patience:
                    line = await self._open_line()
                    patience.reschedule(min(asked[0].ends, asyncio.get_running_loop().time() + _LONGEST_SILENCE))
                    await _exchange(line, asked)
            except Exception as error:  # noqa: BLE001  whatever it is, those who wait for an answer must learn of it
                for question in asked:
                    if not question.answer.done():
                        question.answer.set_exception(error)
        self._talk = None

    async def _open_line(self) -> AbstractConnection:
        """Give the connection; it is borrowed once, and opened again where Redis has closed it since."""
        if self._line is None:
            self._line = await self.connection_pool.get_connection()  # type: ignore[no-untyped-call]  # redis-py types it half
            self._line.socket_timeout = None  # a time limit of its own for each write and read would cost as much again
        else:
            await self.connection_pool.ensure_connection(self._line)
        return self._line


async def _exchange(line: Any, asked: deque[_Question]) -> None:  # noqa: ANN401  one of redis-py's kinds
    """Write all, and read as many answers; who was answered is asked for no longer."""
    try:
        await line.send_packed_command(b"".join(question.command for question in asked))
        while asked:
            try:
                said, error = await line.read_response(timeout=math.inf), None
            except ResponseError as refusal:
                said, error = None, refusal
            answer = asked.popleft().answer
            if answer.done():  # who asked has gone
                continue
            if error is None:
                answer.set_result(said)
            else:
                answer.set_exception(error)
    except BaseException:
        await line.disconnect(nowait=True)  # answers that nobody read would be taken for the next ones'
        raise
