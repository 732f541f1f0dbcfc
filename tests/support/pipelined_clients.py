"""Pipelined Redis clients with short or long timeouts, and helpers for concurrent calls."""

import asyncio
from contextlib import asynccontextmanager

from app.store.connection import open_pool, open_primary
from app.store.pipelined_client import PipelinedRedis


@asynccontextmanager
async def open_clients():
    """Yield a function that opens clients, and close them all. The default timeouts suit a slow machine."""
    clients = []

    def open_client(url, *, longest_wait=30.0, longest_silence=30.0):
        pool = open_pool(url, open_primary(url), 4, longest=30.0)
        clients.append(PipelinedRedis(connection_pool=pool, longest_wait=longest_wait, longest_silence=longest_silence))
        return clients[-1]

    yield open_client
    for client in clients:
        await client.aclose(close_connection_pool=True)


def start_calls(*calls):
    """Start all calls in the current iteration of the event loop."""
    return [asyncio.ensure_future(call) for call in calls]


async def gather_results(*calls):
    """Return the result or the exception of each call."""
    return await asyncio.gather(*calls, return_exceptions=True)


def types_of(results):
    """Return the types of results and exceptions."""
    return [type(result) for result in results]
