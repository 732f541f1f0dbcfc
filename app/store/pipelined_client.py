"""Sends what many ask of Redis at the same time as one write, and gives each its own answer."""

import asyncio
import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hiredis import pack_command
from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection

_MAX_BATCH = 32  # commands in one write: Redis answers a write as one, and while it does we have others to work for


@dataclass(slots=True, repr=False)
class _PendingCommand:
    """A command as it is written, who waits for its answer, and since when by the loop's clock."""

    command: bytes
    answer: "asyncio.Future[Any]"
    since: float


class PipelinedRedis(Redis):
    """A client whose commands share one connection, and those that come at the same time one write.

    Redis does them one by one in any case, so a caller sees no difference but the time: what redis-py spends on
    borrowing a connection, on packing and on time limits is more than what most scripts take. A second connection
    was measured and gained nothing. What changes a connection, or waits on it (SUBSCRIBE, WATCH, BLOCK), has no
    place here: a pipeline has a connection for itself.
    """

    def __init__(self, *, longest_wait: float = 1, longest_silence: float = 1, **options: Any) -> None:  # noqa: ANN401  as the base class has it
        super().__init__(**options)
        self._longest_wait = longest_wait  # seconds until a command is written
        self._longest_silence = longest_silence  # and from then until it is answered
        self._waiting: deque[_PendingCommand] = deque()
        self._line: AbstractConnection | None = None
        self._talk: asyncio.Task[None] | None = None

    async def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  as the base class has it
        """Give Redis' answer within 2 s, whatever hangs; raises what redis-py raises, or `TimeoutError`."""
        name, *rest = args
        loop = asyncio.get_running_loop()
        question = _PendingCommand(pack_command((*name.split(), *rest)), loop.create_future(), loop.time())
        self._waiting.append(question)
        self._begin()
        said = await question.answer
        options.pop("keys", None)  # redis-py's cache would want to know them
        understand = self.response_callbacks.get(name)
        return understand(said, **options) if understand else said

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001  as the base class has it
        """Close the connections; who still waits for an answer is told that none will come."""
        _fail_all(self._waiting, exceptions.ConnectionError("closed"))
        self._waiting.clear()
        if self._talk:
            self._talk.cancel()
            await asyncio.wait([self._talk])
        await super().aclose(close_connection_pool)

    def _begin(self, *_: object) -> None:
        if self._waiting and (self._talk is None or self._talk.done()):
            self._talk = asyncio.create_task(self._talk_until_quiet())  # it begins when this turn of the loop is over
            self._talk.add_done_callback(self._begin)  # a loop that ends cancels it, and somebody may still tidy up

    async def _talk_until_quiet(self) -> None:
        """Ask what waits, again and again until nothing does; whoever has no answer when it breaks is told so."""
        loop = asyncio.get_running_loop()
        while asked := self._take(loop.time()):
            try:
                line = await self._open_line(asked[0].since + self._longest_wait)
                async with asyncio.timeout(self._longest_silence):
                    await _exchange(line, asked)
            except Exception as error:  # noqa: BLE001  whatever it is, those who wait for an answer must learn of it
                _fail_all(asked, error)
            except asyncio.CancelledError:
                _fail_all(asked, exceptions.ConnectionError("closed"))
                raise

    def _take(self, now: float) -> deque[_PendingCommand]:
        """Take the next few; a command whose caller has left or waited too long is never sent."""
        taken: deque[_PendingCommand] = deque()
        while self._waiting and len(taken) < _MAX_BATCH:
            question = self._waiting.popleft()
            if question.since + self._longest_wait < now:
                _fail_all([question], TimeoutError("Redis is too slow for all that it is asked"))
            elif not question.answer.done():
                taken.append(question)
        return taken

    async def _open_line(self, by: float) -> AbstractConnection:
        """Give the connection; it is borrowed once, and opened again where Redis has closed it since."""
        line = self._line
        if line and line.is_connected and not await line.can_read():  # nobody has asked: only its end can be read
            return line
        async with asyncio.timeout_at(by):
            if line is None:
                line = self._line = await self.connection_pool.get_connection()  # type: ignore[no-untyped-call]  # redis-py types it half
                line.socket_timeout = None  # a time limit of its own for each write and read would cost as much again
            else:
                await line.disconnect(nowait=True)
                await line.connect()  # type: ignore[no-untyped-call]  # likewise
        return line


def _fail_all(questions: Iterable[_PendingCommand], error: Exception) -> None:
    """Tell those who still wait for an answer that there is none."""
    for question in questions:
        if not question.answer.done():
            question.answer.set_exception(error)


async def _exchange(line: Any, asked: deque[_PendingCommand]) -> None:  # noqa: ANN401  one of redis-py's kinds
    """Write all, and read as many answers; broken off, redis-py closes the connection, late answers with it."""
    await line.send_packed_command(b"".join(question.command for question in asked))
    while asked:
        try:
            said = await line.read_response(timeout=math.inf)
        except exceptions.ResponseError as refusal:
            _fail_all([asked.popleft()], refusal)
        else:
            answer = asked.popleft().answer
            if not answer.done():  # who asked may have gone
                answer.set_result(said)
