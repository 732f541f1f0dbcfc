"""The start of a process: a Redis that can never serve stops it, one that is away is waited for."""

import pytest

from tests.support import odd_servers
from tests.support.api_calls import APPS
from tests.support.ports import free_port, wait_for_port
from tests.support.processes import otp as otp_process
from tests.support.processes import running
from tests.support.redis_topologies import Server
from tests.support.service_fixture import PRODUCTION
from tests.support.waiting import until


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("start"), "maxmemory-policy allkeys-lru", "requirepass hunter2")
    wait_for_port(server.port)
    yield server
    server.kill()


COMMANDS = [["serve", "--port", "{}"], ["worker"]]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("login", "path", "sentence"),
    [
        ("", "/0", "✗ Redis serves no writes: NOAUTH. Redis asks for a password: write it into OTP_REDIS_URL"),
        (":hunter3@", "/0", "✗ Redis serves no writes: WRONGPASS. Redis refuses the user or password"),
        (":hunter2@", "/99", "✗ Redis serves no writes: database. This Redis has no database of that number"),
        (":hunter2@", "/0", "✗ Redis evicts when it is full (allkeys-lru), and evicted jobs are SMS that never"),
    ],
)
def test_a_redis_that_can_never_serve_stops_the_start(otp, server, command, login, path, sentence):
    settings = {name.upper(): value for name, value in (PRODUCTION | {"apps": APPS}).items()}
    settings["REDIS_URL"] = f"redis://{login}127.0.0.1:{server.port}{path}"

    result = otp(*(part.format(free_port()) for part in command), **settings)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(sentence)
    assert len(result.stderr.splitlines()) == 1
    assert "hunter" not in result.output


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
async def test_a_server_that_is_no_redis_stops_the_start(tmp_path, command):
    args = [part.format(free_port()) for part in command]
    async with odd_servers.serve(odd_servers.speaks_http) as port:
        settings = {"OTP_ENV": "development", "OTP_REDIS_URL": f"redis://127.0.0.1:{port}/0"}
        code, stdout, stderr = await otp_process(*args, folder=tmp_path, **settings)

    assert (code, stdout) == (1, "")
    assert stderr.startswith("✗ Redis serves no writes: not_redis. The server does not answer as Redis does")
    assert len(stderr.splitlines()) == 1


async def test_a_worker_waits_for_a_redis_that_is_away_and_logs_what_is_risky(tmp_path):
    """In development, eviction is a risk and no reason to refuse."""
    port = free_port()
    settings = {"OTP_ENV": "development", "OTP_REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    async with running("worker", folder=tmp_path, name="away", **settings) as worker:
        await until(lambda: "redis_check" in worker.log_text(), within=60)
        server = Server(tmp_path, "maxmemory-policy allkeys-lru", port=port)
        try:
            await until(lambda: "worker_started" in worker.log_text(), within=60)
            async with running("worker", folder=tmp_path, name="risky", **settings) as risky:
                await until(lambda: "worker_started" in risky.log_text(), within=60)
                assert await risky.stop() == 0
            assert await worker.stop() == 0
        finally:
            server.kill()

    (check, *_) = worker.lines()
    assert (check["event"], check["level"]) == ("redis_check", "warning")
    assert (check["problem"], check["redis"]) == ("redis_unavailable", "ECONNREFUSED")
    assert [line["problem"] for line in risky.lines() if line["event"] == "redis_check"] == ["eviction", "no_aof"]
