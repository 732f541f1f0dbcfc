"""A worker whose Redis stops to serve while it works: each line names the cause, and the SMS go out once it serves."""

import orjson
import pytest

from app.container import open_container
from app.domain.errors import TemporarilyUnavailable
from tests.support.actions import start_verification
from tests.support.builders import OTHER_PHONE, PHONE, make_settings
from tests.support.event_receiver import event_apps
from tests.support.fake_gateways import FakeGateway, with_gateways
from tests.support.redis_topologies import Server
from tests.support.running_worker import running_worker
from tests.support.variants import some_of
from tests.support.waiting import until


@pytest.fixture
async def server(tmp_path):
    server = Server(tmp_path)
    await until(server.is_up)
    yield server
    server.kill()


FAULTS = {
    "NOPERM": (["ACL", "SETUSER", "default", "-evalsha"], ["ACL", "SETUSER", "default", "+evalsha"]),
    "NOREPLICAS": (["CONFIG", "SET", "min-replicas-to-write", "1"], ["CONFIG", "SET", "min-replicas-to-write", "0"]),
    "OOM": (["CONFIG", "SET", "maxmemory", "100kb"], ["CONFIG", "SET", "maxmemory", "0"]),
    "READONLY": (["REPLICAOF", "127.0.0.1", "1"], ["REPLICAOF", "NO", "ONE"]),
    "timeout": (["CLIENT", "PAUSE", "2500", "ALL"], []),
}


@pytest.mark.parametrize("cause", some_of(FAULTS, "READONLY", "OOM"))
async def test_a_worker_names_why_redis_does_not_serve_and_goes_on(server, logged_lines, cause):
    breaks, mends = FAULTS[cause]
    gateway = FakeGateway()
    settings = make_settings(f"redis://127.0.0.1:{server.port}/0", apps=event_apps("http://127.0.0.1:1/events"))
    async with (
        open_container(settings, block_ms=100) as container,
        running_worker(with_gateways(container, gateway)),
    ):
        await start_verification(container, PHONE)
        await until(lambda: gateway.sent)

        await server.ask(*breaks)
        await until(lambda: lines_of(logged_lines, "redis_unavailable"))
        if mends:
            await server.ask(*mends)

        await until(lambda: works(container, OTHER_PHONE))
        await until(lambda: len(gateway.sent) == 2)

    found = lines_of(logged_lines, "redis_unavailable")
    assert {line["redis"] for line in found} <= {cause, "disconnected"} | (
        {"MASTERDOWN"} if cause == "READONLY" else set()
    )
    assert lines_of(logged_lines, "bug") == []


def lines_of(logged_lines, event):
    lines = [orjson.loads(line) for line in logged_lines.getvalue().splitlines()]
    return [line for line in lines if line["event"] == event]


async def works(container, number):
    try:
        return await start_verification(container, number)
    except TemporarilyUnavailable:
        return None
