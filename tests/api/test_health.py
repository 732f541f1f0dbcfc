"""Liveness and readiness: `/livez` and `/readyz`."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from tests.support.api_calls import assert_problem
from tests.support.waiting import until

EMPTY_QUEUE = b"*2\r\n:0\r\n$0\r\n\r\n"


@asynccontextmanager
async def redis_with_clock_offset(seconds_ahead):
    """Serve the commands of a health check in the Redis protocol, with a clock that is `seconds_ahead`."""
    micros = lambda: int((time.time() + seconds_ahead) * 1e6)  # noqa: E731  read when a reply is sent
    replies = {
        b"ROLE": lambda: b"*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n",
        # As read_health.lua: a worker, empty queues, nothing else, and one gateway that does not rest.
        b"EVALSHA": lambda: (
            b"*10\r\n:%d\r\n:1\r\n" % micros()
            + EMPTY_QUEUE * 2
            + b":0\r\n:0\r\n*1\r\n:0\r\n"
            + EMPTY_QUEUE
            + b":0\r\n:0\r\n"
        ),
        b"HELLO": lambda: b"-ERR unknown command\r\n",
    }

    async def serve(reader, writer):
        while head := await reader.readline():
            parts = [await _part(reader) for _ in range(int(head[1:]))]
            writer.write(replies.get(parts[0].upper(), lambda: b":1\r\n")())
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield f"redis://{host}:{port}/0?protocol=2"


async def _part(reader):
    length = int((await reader.readline())[1:])
    return (await reader.readexactly(length + 2))[:-2]


async def test_livez_returns_ok(client):
    response = await client.get("/livez", headers={"Authorization": ""})

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert response.headers["cache-control"] == "no-store"


async def test_readyz_returns_ok_with_a_worker(run_service):
    async with run_service(workers=True) as service:
        response = await until(lambda: _ready(service.client))

        head = await service.client.head("/readyz")

    assert response.json() == {"status": "ok", "degraded": []}
    assert (head.status_code, head.content) == (200, b"")


async def _ready(client):
    response = await client.get("/readyz", headers={"Authorization": ""})
    return response if response.status_code == 200 else None


async def test_readyz_returns_503_without_a_worker(run_service, engine_url):
    async with run_service(redis_url=engine_url) as service:
        body = assert_problem(await service.client.get("/readyz"), 503, "temporarily_unavailable")

    assert "worker" in body["detail"]


@pytest.mark.parametrize("seconds_ahead", [-3, 3])
async def test_readyz_reports_clock_skew(run_service, seconds_ahead):
    """Proofs are dated by Redis' clock and checked by the clocks of the backends."""
    async with redis_with_clock_offset(seconds_ahead) as url, run_service(redis_url=url) as service:
        body = assert_problem(await service.client.get("/readyz"), 503, "temporarily_unavailable")

    assert "clock" in body["detail"]


async def test_readyz_accepts_clock_skew_below_two_seconds(run_service):
    async with redis_with_clock_offset(1) as url, run_service(redis_url=url) as service:
        assert (await service.client.get("/readyz")).status_code == 200
