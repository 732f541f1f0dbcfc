"""Whether the service is alive, and whether it is ready."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from tests.support.api_calls import problem_of
from tests.support.waiting import until


@asynccontextmanager
async def redis_whose_clock_is(ahead):
    """Serve the few commands of a pulse in Redis' own protocol, with a clock that is so many seconds ahead."""
    answers = {
        b"TIME": lambda: b"*2\r\n$10\r\n%d\r\n$1\r\n0\r\n" % (time.time() + ahead),
        b"HELLO": lambda: b"-ERR unknown command\r\n",
    }

    async def serve(reader, writer):
        while head := await reader.readline():
            parts = [await _part(reader) for _ in range(int(head[1:]))]
            writer.write(answers.get(parts[0].upper(), lambda: b":1\r\n")())
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield f"redis://{host}:{port}/0?protocol=2"


async def _part(reader):
    length = int((await reader.readline())[1:])
    return (await reader.readexactly(length + 2))[:-2]


async def test_a_turning_process_is_alive(client):
    answer = await client.get("/livez", headers={"Authorization": ""})

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


async def test_with_a_worker_the_service_is_ready(run_service):
    async with run_service(workers=True) as service:
        answer = await until(lambda: _ready(service.client))

        head = await service.client.head("/readyz")

    assert answer.json() == {"status": "ok"}
    assert (head.status_code, head.content) == (200, b"")


async def _ready(client):
    answer = await client.get("/readyz", headers={"Authorization": ""})
    return answer if answer.status_code == 200 else None


async def test_without_a_worker_nobody_would_send_anything(run_service, engine_url):
    async with run_service(redis_url=engine_url) as service:
        body = problem_of(await service.client.get("/readyz"), 503, "temporarily_unavailable")

    assert "worker" in body["detail"]


@pytest.mark.parametrize("ahead", [-3, 3])
async def test_clocks_that_differ_are_told(run_service, ahead):
    """Proofs are dated by Redis' clock and checked by everybody's own."""
    async with redis_whose_clock_is(ahead) as url, run_service(redis_url=url) as service:
        body = problem_of(await service.client.get("/readyz"), 503, "temporarily_unavailable")

    assert "clock" in body["detail"]


async def test_clocks_within_two_seconds_agree(run_service):
    async with redis_whose_clock_is(1) as url, run_service(redis_url=url) as service:
        assert (await service.client.get("/readyz")).status_code == 200
