"""Clients that share a connection, with time limits of their own, and many who ask at once."""

import asyncio
from contextlib import asynccontextmanager

from redis.asyncio import BlockingConnectionPool

from app.store.pipelined_client import PipelinedRedis


@asynccontextmanager
async def pipes():
    """Give what opens a client, and close them all; unless a test says so, no slow machine meets a limit."""
    opened = []

    def open_pipe(url, *, longest_wait=30.0, longest_silence=30.0):
        pool = BlockingConnectionPool.from_url(url, max_connections=4, timeout=1)
        opened.append(PipelinedRedis(connection_pool=pool, longest_wait=longest_wait, longest_silence=longest_silence))
        return opened[-1]

    yield open_pipe
    for pipe in opened:
        await pipe.aclose(close_connection_pool=True)


def begin(*calls):
    """Begin them in this turn of the loop."""
    return [asyncio.ensure_future(call) for call in calls]


async def at_once(*calls):
    """Give what each answered or raised."""
    return await asyncio.gather(*calls, return_exceptions=True)


def kinds(answers):
    """Give the types of answers and errors."""
    return [type(answer) for answer in answers]
