"""A Redis that does not serve: /readyz, a request, the log and the commands name the cause, without a traceback."""

import asyncio
from contextlib import AsyncExitStack

import orjson
import pytest

from app.store.redis_causes import CAUSES
from tests.support import odd_servers
from tests.support.api_calls import assert_problem, post_request_code
from tests.support.builders import PUBLIC_URL
from tests.support.certificates import make_certificate
from tests.support.ports import free_port, wait_for_port
from tests.support.processes import otp
from tests.support.redis_topologies import Server
from tests.support.stores import ENGINE

STORE = ENGINE
USERS = [f"user {name} on >pw ~* +@all {rules}" for name, rules in (("noscripts", "-evalsha"), ("nowrites", "-set"))]
COMMANDS = [
    ("numbers", "show", "+31612345678"),
    ("jobs", "list"),
    ("events", "list"),
    ("numbers", "unlock", "+31612345678"),
    ("numbers", "block", "+31612345678"),
    ("jobs", "replay", "1-1"),
]


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """Servers that do not serve, by what is wrong about them."""
    folder = tmp_path_factory.mktemp("faults")
    healthy = Server(folder, *USERS)
    started = {
        "healthy": healthy,
        "password": Server(folder, "requirepass pw"),
        "full": Server(folder, "maxmemory 100kb"),
        "alone": Server(folder, "min-replicas-to-write 1"),
        "node": Server(folder, "cluster-enabled yes", f"cluster-port {free_port()}"),
    }
    wait_for_port(healthy.port)
    started["replica"] = Server(folder, f"replicaof 127.0.0.1 {healthy.port}")
    started["sentinel"] = Server(folder, f"sentinel monitor mymaster 127.0.0.1 {healthy.port} 1", sentinel=True)
    for server in started.values():
        wait_for_port(server.port)
    yield started
    for server in started.values():
        server.kill()


@pytest.fixture
async def url_with(servers, tmp_path):
    """Return the URL of a fault."""
    async with AsyncExitStack() as stack:

        async def find(fault):
            forward = odd_servers.forwards_slowly(servers["healthy"].port, seconds=0)
            match fault.split():
                case ["tls"]:
                    tls = make_certificate(tmp_path, "localhost")
                    port = await stack.enter_async_context(odd_servers.serve(forward, tls=tls))
                    return f"rediss://localhost:{port}/0"
                case ["stranger"]:
                    port = await stack.enter_async_context(odd_servers.serve(odd_servers.speaks_http))
                    return f"redis://127.0.0.1:{port}/0"
                case ["away"]:
                    return f"redis://127.0.0.1:{free_port()}/0"
                case [server, *rest]:
                    login, path = (*rest, "", "/0")[:2] if rest else ("", "/0")
                    return f"redis://{login}127.0.0.1:{servers[server].port}{path}"

        yield find


FAULTS = {
    "full": "OOM",
    "alone": "NOREPLICAS",
    "replica": "READONLY",
    "password": "NOAUTH",
    "password :hunter2@": "WRONGPASS",
    "healthy noscripts:pw@": "NOPERM",
    "healthy nowrites:pw@": "NOPERM",
    "sentinel": "SENTINEL",
    "node": "CLUSTERDOWN",
    "tls": "certificate",
    "stranger": "not_redis",
    "away": "ECONNREFUSED",
}


@pytest.mark.parametrize(("fault", "word"), FAULTS.items())
async def test_readyz_a_request_and_the_log_name_the_cause(run_service, url_with, logged_lines, fault, word):
    async with run_service(redis_url=await url_with(fault)) as service:
        # The first call over TLS may time out: it reads the authorities of this machine.
        await service.client.get("/readyz")
        request = assert_problem(await post_request_code(service.client), 503, "temporarily_unavailable")
        readyz = assert_problem(await service.client.get("/readyz"), 503, "temporarily_unavailable")

    (failure,) = readyz["failures"]
    assert failure["name"] == "redis_unavailable"
    assert failure["detail"].startswith(f"Redis serves no writes: {word}. ")
    assert word not in str(request), "a caller learns nothing about the servers"
    lines = [orjson.loads(line) for line in logged_lines.getvalue().splitlines()]
    assert {line.get("redis") for line in lines if line["event"] == "request"} >= {word}
    assert not any("exception" in line for line in lines)


@pytest.mark.parametrize(("fault", "word"), FAULTS.items())
async def test_doctor_and_each_command_name_the_cause(otp_in_thread, url_with, fault, word):
    settings = {"ENV": "development", "REDIS_URL": await url_with(fault), "PUBLIC_URL": PUBLIC_URL}

    doctor = await otp_in_thread("doctor", **settings)

    assert doctor.exit_code == 1
    assert any(line.startswith("bad\tredis\t") and word in line for line in doctor.stdout.splitlines()), doctor.stdout
    assert "Traceback" not in doctor.output
    assert "hunter2" not in doctor.output
    for command in COMMANDS:
        result = await otp_in_thread(*command, **settings)
        if result.exit_code:  # what only reads is served by a Redis that takes no writes
            assert result.stderr.startswith("✗ "), command
            assert word in result.stderr or "1-1" in command, result.stderr
        assert "Traceback" not in result.output


@pytest.mark.parametrize(("fault", "word"), [(fault, word) for fault, word in FAULTS.items() if CAUSES[word].is_final])
async def test_a_start_is_refused_where_waiting_does_not_help(tmp_path, url_with, fault, word):
    settings = {"OTP_ENV": "development", "OTP_REDIS_URL": await url_with(fault)}
    commands = (["worker"], ["serve", "--port", str(free_port())])

    for code, stdout, stderr in await asyncio.gather(*(otp(*args, folder=tmp_path, **settings) for args in commands)):
        assert (code, stdout) == (1, "")
        (line,) = stderr.splitlines()
        assert line.startswith("✗ Redis ")
        assert word in line
