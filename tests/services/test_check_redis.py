"""What a start and `otp doctor` check about Redis: version, eviction, persistence, memory, ACL, clock, cluster."""

import time
from dataclasses import replace

import pytest

from app.services.check_redis import RedisExpectations, check_redis
from app.settings.redis_url import RedisKind, parse_redis_url
from app.store.connection import open_clients
from app.store.keyspace import Keyspace
from app.store.redis_inspection import RedisFacts, RedisInspection, ServerInfo
from tests.support import odd_servers
from tests.support.ports import free_port, wait_for_port
from tests.support.redis_topologies import Server

GOOD = ServerInfo("Redis 7.4.1", (7, 4), False, True, "noeviction", 10, 100, 1000, 1)  # noqa: FBT003  as INFO has it
PRODUCTION = RedisExpectations(RedisKind.SERVER, is_production=True)
DEVELOPMENT = RedisExpectations(RedisKind.SERVER, is_production=False)


class Known:
    """An inspection whose facts are known."""

    def __init__(self, info, *, refused=(), seconds_ahead=0):
        self._facts = RedisFacts(1000 + seconds_ahead, refused, info)

    async def read(self, *, also):
        return self._facts


async def judge(inspection, expected=PRODUCTION):
    return await check_redis(inspection, expected, clock=lambda: 1000)


async def test_a_good_redis_has_no_finding():
    assert await judge(Known(GOOD)) == []


@pytest.mark.parametrize(
    ("changes", "expected", "finding"),
    [
        ({"version": (6, 2), "name": "Redis 6.2.14"}, PRODUCTION, ("old_version", "bad", True)),
        ({"version": (6, 2), "name": "Redis 6.2.14"}, DEVELOPMENT, ("old_version", "bad", True)),
        ({"policy": "allkeys-lru"}, PRODUCTION, ("eviction", "bad", True)),
        ({"policy": "volatile-ttl"}, PRODUCTION, ("eviction", "bad", True)),
        ({"policy": "allkeys-lru"}, DEVELOPMENT, ("eviction", "warn", False)),
        ({"has_aof": False}, PRODUCTION, ("no_aof", "warn", False)),
        ({"used_memory": 80}, PRODUCTION, ("memory", "warn", False)),
        ({"max_memory": 0, "used_memory": 800}, PRODUCTION, ("memory", "warn", False)),
        ({"is_cluster": True}, PRODUCTION, ("cluster_node", "warn", False)),
        ({"replicas": 1}, replace(PRODUCTION, wait_replicas=2), ("few_replicas", "warn", False)),
    ],
)
async def test_each_risk_has_a_finding(changes, expected, finding):
    (found,) = await judge(Known(replace(GOOD, **changes)), expected)

    assert (found.name, found.severity, found.is_final) == finding


@pytest.mark.parametrize(
    "changes",
    [{"used_memory": 79}, {"version": ()}, {"policy": ""}, {"max_memory": 0, "machine_memory": 0, "used_memory": 99}],
)
async def test_what_a_server_does_not_show_is_no_finding(changes):
    assert await judge(Known(replace(GOOD, **changes))) == []


async def test_a_cluster_is_expected_of_a_url_of_a_cluster():
    expected = replace(PRODUCTION, kind=RedisKind.CLUSTER)

    assert await judge(Known(replace(GOOD, is_cluster=True)), expected) == []


@pytest.mark.parametrize(("seconds_ahead", "is_found"), [(-2.1, True), (-1.9, False), (1.9, False), (2.1, True)])
async def test_the_clocks_may_differ_by_two_seconds(seconds_ahead, is_found):
    found = await judge(Known(GOOD, seconds_ahead=seconds_ahead))

    assert [(one.name, one.is_final) for one in found] == [("clock_skew", False)] * is_found


async def test_a_server_that_hides_info_or_its_acl_is_no_failure():
    """Hosted offers do."""
    found = await judge(Known(None, refused=None))

    assert [(one.name, one.severity) for one in found] == [("acl_unknown", "note"), ("info_refused", "note")]


async def test_refused_commands_are_named():
    (found,) = await judge(Known(GOOD, refused=["XADD", "XCLAIM"]))

    assert found.is_final
    assert found.detail.startswith("its ACL refuses XADD, XCLAIM to this user (NOPERM)")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("checked"), "appendonly yes", "maxmemory 1gb")
    wait_for_port(server.port)
    yield server
    server.kill()


async def inspect(url, expected=PRODUCTION):
    async with open_clients(url, "{otp}") as clients:
        expected = replace(expected, kind=parse_redis_url(url).kind)
        return await check_redis(RedisInspection(clients.redis, Keyspace()), expected, clock=time.time)


@pytest.mark.parametrize("protocol", [2, 3])
async def test_a_real_server_with_the_documented_configuration_has_no_finding(server, protocol):
    assert await inspect(f"redis://127.0.0.1:{server.port}/0?protocol={protocol}") == []


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (("maxmemory-policy", "allkeys-lfu", "noeviction"), "eviction"),
        (("appendonly", "no", "yes"), "no_aof"),
        (("maxmemory", "4mb", "1gb"), "memory"),
    ],
)
async def test_a_real_server_with_another_configuration_has_a_finding(server, config, name):
    setting, wrong, right = config
    if name == "memory":
        used = (await server.ask("INFO", "memory"))["used_memory"]
        wrong = str(int(used * 1.1))
    await server.ask("CONFIG", "SET", setting, wrong)
    try:
        found = await inspect(f"redis://127.0.0.1:{server.port}/0")
    finally:
        await server.ask("CONFIG", "SET", setting, right)

    assert [one.name for one in found] == [name]


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ("+@all -xadd -xgroup", "its ACL refuses XADD, XGROUP to this user (NOPERM); "),
        ("+@all -info -role -config", "refuses INFO: version, persistence, eviction and memory are not checked"),
        ("+@all -evalsha", "refuses EVALSHA, EVAL, SELECT or the keys of OTP_REDIS_TAG to this user (NOPERM); "),
    ],
)
async def test_what_a_real_acl_refuses_is_named(server, rules, found):
    await server.ask("ACL", "SETUSER", "me", "reset", "on", ">pw", "~*", *rules.split())

    (only,) = await inspect(f"redis://me:pw@127.0.0.1:{server.port}/0")

    assert only.detail.startswith(found)


async def test_wait_is_needed_only_where_replicas_are_waited_for(server):
    await server.ask("ACL", "SETUSER", "me", "reset", "on", ">pw", "~*", "+@all", "-wait")
    url = f"redis://me:pw@127.0.0.1:{server.port}/0"

    assert await inspect(url) == []
    names = [one.name for one in await inspect(url, replace(PRODUCTION, wait_replicas=1))]
    assert names == ["refused_commands", "few_replicas"]


async def test_a_redis_that_is_away_is_waited_for_and_a_wrong_one_is_not(server):
    (away,) = await inspect(f"redis://127.0.0.1:{free_port()}/0")
    (wrong,) = await inspect(f"redis://127.0.0.1:{server.port}/99")

    assert (away.cause, away.is_final) == ("ECONNREFUSED", False)
    assert (wrong.cause, wrong.is_final) == ("database", True)


@pytest.mark.parametrize("reply", [b"+OK", b":1", b"*0", b"*3\r\n:1\r\n:1\r\n+x", b"*3\r\n+x\r\n:1\r\n*0", b"$-1"])
async def test_a_server_whose_replies_make_no_sense_is_no_redis(reply):
    """It passes for a primary, and answers everything else by the same bytes."""
    handler = odd_servers.has_role(lambda: odd_servers.MASTER, others=reply)
    async with odd_servers.serve(handler) as port:
        (found,) = await inspect(f"redis://127.0.0.1:{port}/0")

    assert (found.cause, found.is_final) == ("not_redis", True)
