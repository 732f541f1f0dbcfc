"""Pass on the replies of a write once so many replicas have it: what a failover must not forget."""

import math
from collections import deque
from typing import Any

from hiredis import pack_command
from redis import exceptions

from app.logs import log
from app.metrics.table import REDIS_UNREPLICATED
from app.store.pipelined_client import PendingCommand, PipelinedRedis, settle

WAIT_MS = 500


class ReplicatedRedis(PipelinedRedis):
    """A pipelined client each of whose writes ends in `WAIT`, and which therefore needs a connection of its own.

    A write that fewer replicas have after `wait_ms` is answered all the same, warned of and counted: it is done, and
    nothing can undo it. All pending commands share one write, so that many wait together and not one after another.
    https://redis.io/docs/latest/commands/wait/
    """

    max_batch = 1000

    def __init__(self, *, replicas: int, wait_ms: int = WAIT_MS, **options: Any) -> None:  # noqa: ANN401  as the base class has it
        super().__init__(**options)
        self._replicas = replicas
        self._wait = pack_command(("WAIT", replicas, wait_ms))  # type: ignore[arg-type]  # hiredis types a tuple of one

    async def _exchange(self, connection: Any, batch: deque[PendingCommand]) -> None:  # noqa: ANN401  as the base class has it
        """Write all commands and `WAIT`, read all replies, and only then pass them on."""
        await connection.send_packed_command(b"".join([*(pending.command for pending in batch), self._wait]))
        replies = [await _read(connection) for _ in batch]
        replicas = await _read(connection)
        confirmed = replicas if isinstance(replicas, int) else 0  # an ACL may refuse WAIT
        is_done = not all(isinstance(reply, Exception) for reply in replies)
        if is_done and confirmed < self._replicas:
            REDIS_UNREPLICATED.count()
            log.warning("redis_not_replicated", replicas=confirmed, wanted=self._replicas)
        for reply in replies:
            settle(batch.popleft(), reply)


async def _read(connection: Any) -> Any:  # noqa: ANN401  one of redis-py's kinds
    """Read a reply; a refusal is returned, not raised."""
    try:
        return await connection.read_response(timeout=math.inf)
    except exceptions.ResponseError as refusal:
        return refusal
