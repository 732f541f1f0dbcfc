"""The cause of a Redis that does not serve: its own word, or one of ours, and never an unexpected error."""

import re
import time
from contextlib import AsyncExitStack

import pytest

from app.container import open_container
from app.domain.errors import TemporarilyUnavailable
from app.store.redis_causes import CAUSES, advice_of
from tests.support import odd_servers
from tests.support.actions import start_verification
from tests.support.builders import make_settings
from tests.support.certificates import make_certificate
from tests.support.ports import free_port, wait_for_port
from tests.support.redis_topologies import Server
from tests.support.waiting import until

USERS = {
    "noscripts": "~* +@all -evalsha",
    "nowrites": "~* +@all -hset",
    "elsewhere": "~other:* +@all",
    "off": "off ~* +@all",
    "noselect": "~* +@all -select",
}


@pytest.fixture
async def server(tmp_path):
    server = Server(tmp_path)
    await until(server.is_up)
    yield server
    server.kill()


@pytest.fixture(scope="module")
def locked_server(tmp_path_factory):
    """A server with a password, and users that may not do everything; each has the same password."""
    folder = tmp_path_factory.mktemp("locked")
    server = Server(folder, *(f"user {name} on >pw {rules}" for name, rules in USERS.items()), "requirepass pw")
    wait_for_port(server.port)
    yield server
    server.kill()


async def causes_of(url, tag="{otp}"):
    """Return the causes of a call and of a readiness check, each of which must fail as unavailable, within 2.2 s."""
    found = []
    async with open_container(make_settings(url, tag)) as container:
        for call in (lambda: start_verification(container), container.health.snapshot):
            began = time.monotonic()
            with pytest.raises(TemporarilyUnavailable) as unavailable:
                await call()
            assert time.monotonic() - began < 2.2
            found.append(unavailable.value.cause)
    return found


@pytest.mark.parametrize(
    ("login", "path", "cause"),
    [
        ("", "/0", "NOAUTH"),
        (":wrong@", "/0", "WRONGPASS"),
        ("nobody:pw@", "/0", "WRONGPASS"),
        ("off:pw@", "/0", "WRONGPASS"),
        (":pw@", "/99", "database"),
        ("noscripts:pw@", "/0", "NOPERM"),
        ("elsewhere:pw@", "/0", "NOPERM"),
        ("noselect:pw@", "/1", "NOPERM"),
    ],
)
@pytest.mark.parametrize("protocol", [2, 3])
async def test_a_refused_login_or_command_has_redis_own_word(locked_server, login, path, cause, protocol):
    url = f"redis://{login}127.0.0.1:{locked_server.port}{path}?protocol={protocol}"

    assert await causes_of(url) == [cause, cause]


async def test_a_command_that_the_acl_refuses_inside_a_script_is_noperm(locked_server, tag):
    async with open_container(make_settings(f"redis://nowrites:pw@127.0.0.1:{locked_server.port}/0", tag)) as container:
        with pytest.raises(TemporarilyUnavailable) as unavailable:
            await start_verification(container)

    assert unavailable.value.cause == "NOPERM"


@pytest.mark.parametrize(
    ("config", "cause"),
    [({"maxmemory": "100kb"}, "OOM"), ({"min-replicas-to-write": "1"}, "NOREPLICAS")],
)
async def test_a_redis_that_takes_no_writes_is_found_by_a_write(server, config, cause):
    for name, value in config.items():
        await server.ask("CONFIG", "SET", name, value)

    assert await causes_of(f"redis://127.0.0.1:{server.port}/0") == [cause, cause]


async def test_a_read_only_replica_is_named(server, tmp_path):
    replica = Server(tmp_path, f"replicaof 127.0.0.1 {server.port}")
    try:
        await until(replica.is_up)
        assert await causes_of(f"redis://127.0.0.1:{replica.port}/0") == ["READONLY", "READONLY"]
    finally:
        replica.kill()


async def test_a_url_of_another_kind_of_server_is_named(server, tmp_path):
    sentinel = Server(tmp_path, f"sentinel monitor mymaster 127.0.0.1 {server.port} 1", sentinel=True)
    node = Server(tmp_path, "cluster-enabled yes", f"cluster-port {free_port()}")
    try:
        for one in (sentinel, node):
            await until(one.is_up)
        at = {name: f"127.0.0.1:{one.port}" for name, one in (("sentinel", sentinel), ("node", node), ("one", server))}
        expected = {
            f"redis://{at['sentinel']}/0": "SENTINEL",
            f"redis://{at['sentinel']}/1": "database",
            f"redis://:x@{at['one']}/0": "no_password_set",
            f"redis+sentinel://{at['one']}/mymaster": "not_a_sentinel",
            f"redis+sentinel://{at['sentinel']},127.0.0.1:{free_port()}/another": "unknown_service",
            f"redis+sentinel://127.0.0.1:{free_port()}/mymaster": "ECONNREFUSED",
            f"redis+cluster://{at['one']}": "not_a_cluster",
            f"redis+cluster://{at['node']}": "CLUSTERDOWN",
            f"redis://{at['node']}/1": "database",
        }
        for url, cause in expected.items():
            assert await causes_of(url) == [cause, cause], url
    finally:
        sentinel.kill()
        node.kill()


@pytest.mark.parametrize(
    ("handler", "cause"),
    [
        ("speaks_http", "not_redis"),
        ("speaks_pop3", "not_redis"),
        ("speaks_noise", "not_redis"),
        ("says_ok", "not_redis"),
        ("promises_much", "not_redis"),
        pytest.param("nests_deeply", "timeout", marks=pytest.mark.long),
        ("is_silent", "timeout"),
        pytest.param("hangs_after_auth", "timeout", marks=pytest.mark.long),
        ("closes", "disconnected"),
    ],
)
async def test_a_server_that_is_no_redis_or_hangs_is_named(handler, cause):
    async with odd_servers.serve(getattr(odd_servers, handler)) as port:
        found = await causes_of(f"redis://:pw@127.0.0.1:{port}/0")

    assert set(found) <= ({cause, "ECONNRESET"} if cause == "disconnected" else {cause})


@pytest.mark.parametrize(
    "reply", [b"$-1", b":1", b"*0", b"*-1", b"*1\r\n:1", b"*1\r\n*0", b"*1\r\n$-1", b"%1\r\n+a\r\n:1", b"~0"]
)
async def test_a_role_that_no_redis_has_is_no_redis(reply):
    """RESP3 has further types, which a server may send unasked."""
    async with odd_servers.serve(odd_servers.has_role(lambda: reply)) as port:
        assert await causes_of(f"redis://127.0.0.1:{port}/0") == ["not_redis", "not_redis"]


async def test_a_redis_whose_commands_have_other_names_is_named(tmp_path):
    server = Server(tmp_path, "rename-command EVALSHA ''")
    try:
        await until(server.is_up)
        assert await causes_of(f"redis://127.0.0.1:{server.port}/0") == ["unknown_command"] * 2
    finally:
        server.kill()


async def test_a_redis_that_answers_slowly_is_a_timeout(server):
    async with odd_servers.serve(odd_servers.forwards_slowly(server.port, seconds=1.2)) as port:
        assert await causes_of(f"redis://127.0.0.1:{port}/0") == ["timeout", "timeout"]


async def test_tls_that_fails_is_named(server, tmp_path):
    other, tls = make_certificate(tmp_path, "other.example"), make_certificate(tmp_path, "localhost")
    forward = odd_servers.forwards_slowly(server.port, seconds=0)
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(odd_servers.serve(forward, tls=tls))
        noisy = await stack.enter_async_context(odd_servers.serve(odd_servers.speaks_http))
        expected = {
            f"rediss://localhost:{port}/0": "certificate",
            f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={tls[0]}": "certificate",
            f"rediss://localhost:{port}/0?ssl_ca_certs={other[0]}": "certificate",
            f"rediss://localhost:{port}/0?ssl_ca_certs={tmp_path}/missing.pem": "ENOENT",
            f"rediss://localhost:{port}/0?ssl_ca_certs={tls[1]}": "tls",
            f"rediss://127.0.0.1:{noisy}/0": "not_tls",
            f"rediss://127.0.0.1:{server.port}/0": "timeout",  # a Redis without TLS waits for the end of the line
        }
        for url, cause in expected.items():
            _, found = await causes_of(url)  # the first call may time out: it reads the authorities of this machine
            assert found == cause, url
        assert set(await causes_of(f"redis://localhost:{port}/0")) <= {"not_redis", "disconnected", "ECONNRESET"}
        async with open_container(make_settings(f"rediss://localhost:{port}/0?ssl_ca_certs={tls[0]}")) as container:
            await container.health.snapshot()


async def test_an_address_that_does_not_exist_is_named(tmp_path):
    (tmp_path / "file").touch()
    expected = {
        "redis://nowhere.invalid/0": {"no_such_host"},
        f"unix://{tmp_path}/missing.sock": {"ENOENT"},
        f"unix://{tmp_path}/file": {"ECONNREFUSED", "ENOTSOCK"},
        f"unix://{tmp_path}/{'x' * 200}": {"disconnected"},
    }
    for url, causes in expected.items():
        assert set(await causes_of(url)) <= causes, url


def test_each_cause_says_what_to_do():
    for cause, one in CAUSES.items():
        assert re.fullmatch(r"[A-Z].*\.", one.advice), cause
    assert "host, port and network" in advice_of("EHOSTUNREACH")
