"""docs/operating/redis.md: its ACL runs a whole life and no command less does; its words are those of the code."""

import re
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.crc import key_slot

import app.services.check_redis
from app.container import open_container
from app.services.check_redis import RedisExpectations, check_redis
from app.settings.redis_url import RedisKind
from app.store.connection import open_clients
from app.store.keyspace import Keyspace
from app.store.redis_causes import CAUSES
from app.store.redis_inspection import COMMANDS, RedisInspection
from tests.support import odd_servers
from tests.support.actions import start_verification
from tests.support.builders import make_settings
from tests.support.certificates import make_certificate
from tests.support.docs import DOCS, blocks
from tests.support.event_receiver import event_apps
from tests.support.redis_topologies import SERVICE, Server, run_cluster, run_sentinels
from tests.support.scenario import run_full_scenario
from tests.support.waiting import until

PAGE = (DOCS / "operating" / "redis.md").read_text()
CONFIGURATION, ACL = blocks("", PAGE)
_, USER, *RULES = ACL.split()
BESIDES = {
    place: rule.replace("\\|", "|") for rule, place in re.findall(r"^\| `(\+\S+)` \| (.+) \|$", PAGE, re.MULTILINE)
}
CONNECTION_COMMANDS = {"info", "role"}
METHODS = {"delete": "del", "xgroup_create": "xgroup|create", "xgroup_delconsumer": "xgroup|delconsumer"}
METHODS |= {"xpending_range": "xpending", "pipeline": "get"}


def rules(*besides, without=""):
    """Return the rules of the page, and those for these places, without one."""
    given = [*(rule for rule in RULES if rule != without), *(BESIDES[place] for place in besides)]
    return [">pw" if rule == ">PASSWORD" else rule for rule in given]


@pytest.fixture
async def server(tmp_path):
    """A Redis with the configuration of the page."""
    server = Server(tmp_path, *CONFIGURATION.splitlines())
    await until(server.is_up)
    yield server
    server.kill()


async def url_of(server, *besides, without="", database=0):
    await server.ask("ACL", "SETUSER", USER, "reset", *rules(*besides, without=without))
    return f"redis://{USER}:pw@127.0.0.1:{server.port}/{database}"


async def findings(url, *, wait_replicas=0):
    async with open_clients(url, "{otp}") as clients:
        expected = RedisExpectations(RedisKind.SERVER, is_production=True, wait_replicas=wait_replicas)
        return await check_redis(RedisInspection(clients.redis, Keyspace()), expected, clock=time.time)


async def run_a_life(url, clock):
    apps = event_apps("http://127.0.0.1:1/events", whole_number=True)
    limits = {"limit_sends_per_app": "90/d", "limit_sends_per_country": "100/d"}
    async with open_container(make_settings(url, apps=apps, **limits), now=clock, block_ms=50) as container:
        await container.queue.open()
        await run_full_scenario(container, clock)


@pytest.mark.parametrize("protocol", [2, 3])
async def test_the_acl_suffices_for_a_whole_life(server, clock, protocol):
    await run_a_life(f"{await url_of(server)}?protocol={protocol}", clock)

    assert await server.ask("ACL", "LOG") == []
    assert await findings(await url_of(server)) == []


async def test_each_command_less_is_named(server):
    for rule in [rule for rule in RULES if rule.startswith("+") and rule not in {"+info", "+role"}]:
        found = await findings(await url_of(server, without=rule))

        (refused,) = [one for one in found if one.is_final]
        assert refused.cause == "NOPERM"
        assert re.search(rf"\b{rule[1:].partition('|')[0].upper()}\b", refused.detail), rule


async def test_other_keys_are_not_needed_and_not_given(server):
    url = (await url_of(server)).replace("~{otp}", "~other")
    await server.ask("ACL", "SETUSER", USER, "resetkeys", "~{other}:*")

    (refused,) = await findings(url)

    assert refused.detail.startswith("refuses EVALSHA, EVAL, SELECT or the keys of OTP_REDIS_TAG to this user (NOPERM)")


async def test_a_database_needs_select(server, clock):
    await run_a_life(await url_of(server, "the database is not 0", database=2), clock)

    assert (await findings(await url_of(server, database=2)))[0].cause == "NOPERM"


async def test_waiting_for_replicas_needs_wait(server):
    names = [one.name for one in await findings(await url_of(server), wait_replicas=1)]
    assert names == ["refused_commands", "few_replicas"]

    url = await url_of(server, "`OTP_REDIS_WAIT_REPLICAS` is set")
    assert [one.name for one in await findings(url, wait_replicas=1)] == ["few_replicas"]


async def test_a_cluster_needs_its_slots(tmp_path, tag):
    async with run_cluster(tmp_path) as nodes:
        for node in nodes:
            await node.ask("ACL", "SETUSER", USER, "reset", *rules("a cluster"), f"~{tag}:*")
        url = f"redis+cluster://{USER}:pw@127.0.0.1:{nodes[0].port}?protocol=3"
        async with open_container(make_settings(url, tag)) as container:
            await start_verification(container)

        slot = key_slot(tag.encode())
        owner = nodes[0 if slot <= 5460 else 1 if slot <= 10922 else 2]
        assert await owner.ask("EXISTS", f"{tag}:sends_queue")


async def test_sentinels_need_one_command(tmp_path):
    async with run_sentinels(tmp_path) as topology:
        for server in topology.servers:
            await server.ask("ACL", "SETUSER", USER, "reset", *rules())
        for sentinel in topology.sentinels:
            rule = BESIDES["the user of the Sentinels"]
            await sentinel.ask("ACL", "SETUSER", "finder", "reset", "on", ">pw2", "-@all", rule)
        url = topology.url.replace("://", f"://{USER}:pw@")
        login = "?protocol=3&sentinel_username=finder&sentinel_password=pw2"
        async with open_container(make_settings(url + login)) as container:
            await start_verification(container)


@asynccontextmanager
async def tls_in_front_of(server, tls):
    """Serve TLS in front of a server, and a Sentinel with TLS that names it; yields both ports."""
    async with odd_servers.serve(odd_servers.forwards_slowly(server.port, seconds=0), tls=tls) as port:
        reply = b"*2\r\n$9\r\nlocalhost\r\n$%d\r\n%d\r\n" % (len(str(port)), port)

        async def name_it(reader, writer):
            while request := await reader.read(65536):
                writer.write(reply if b"SENTINEL" in request else b"+OK\r\n")

        async with odd_servers.serve(name_it, tls=tls) as sentinel_port:
            yield port, sentinel_port


async def test_tls_works_with_one_server_and_with_sentinels(server, tmp_path):
    tls = make_certificate(tmp_path, "localhost")
    async with tls_in_front_of(server, tls) as (port, sentinel_port):
        for url in (f"rediss://localhost:{port}/0", f"rediss+sentinel://localhost:{sentinel_port}/{SERVICE}/0"):
            async with open_container(make_settings(f"{url}?ssl_ca_certs={tls[0]}&protocol=3")) as container:
                await container.health.snapshot()


def test_the_acl_has_the_commands_that_the_service_runs_and_no_other():
    checked = {"|".join(line.split()[: 2 if line.startswith("XGROUP") else 1]).lower() for line in COMMANDS}

    assert [rule for rule in RULES if rule.startswith("+")] == sorted(
        f"+{name}" for name in checked | CONNECTION_COMMANDS
    )


def test_every_command_outside_scripts_is_checked():
    """The scripts' are checked in tests/store/test_check_permissions.py."""
    texts = [path.read_text() for path in (Path(app.__file__).parent / "store").glob("*.py")]
    called = {name for text in texts for name in re.findall(r"\b(?:redis|pipe)\.([a-z_]+)\(", text)}
    commands = {
        f"+{METHODS.get(name, name)}" for name in called - {"from_pool", "aclose", "execute", "execute_command"}
    }

    assert commands - set(RULES) == set()


def test_every_word_has_its_row():
    """With what to do, as the code has it."""
    rows = [
        f"| **`{word}`** | {one.advice} |" if one.is_final else f"| `{word}` | {one.advice} |"
        for word, one in CAUSES.items()
    ]

    assert PAGE.partition("| word | what to do |\n|---|---|\n")[2].splitlines() == rows


def test_every_problem_has_its_row():
    text = Path(app.services.check_redis.__file__).read_text()
    table = PAGE.partition("| problem |")[2].partition("\n\n")[0]
    named = re.findall(r"`(\w+)`", "\n".join(line.split("|")[1] for line in table.splitlines()[2:]))

    assert sorted(named) == sorted(set(re.findall(r'RedisFinding\("(\w+)"', text)))
