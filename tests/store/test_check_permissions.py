"""check_permissions: write a key, and ask the server which commands its ACL refuses to this user."""

import asyncio
import re
from pathlib import Path

import app.store
from app.container import open_container
from app.store.redis_inspection import COMMANDS, WAIT
from tests.support.builders import make_settings
from tests.support.event_receiver import event_apps
from tests.support.redis_topologies import Server
from tests.support.scenario import run_full_scenario
from tests.support.stores import on_the_engine
from tests.support.waiting import until

NAMED = {"|".join(example.split()[: 2 if example.startswith("XGROUP") else 1]).lower() for example in COMMANDS}
OF_CONNECTIONS = {"auth", "hello", "client", "role", "info", "select", "ping"}


async def test_racing_checks_agree(container):
    """The embedded store has no ACL, and cannot tell."""
    facts = await asyncio.gather(*(container.redis_inspection.read() for _ in range(20)))

    assert {(one.refused is None) or tuple(one.refused) for one in facts} in ({True}, {()})


@on_the_engine
async def test_each_example_is_complete(redis, key):
    """Redis 7.0 crashes where redis.acl_check_cmd gets too few arguments; COMMAND GETKEYS refuses them."""
    for example in [*COMMANDS, WAIT]:
        words = [key("x") if word == "KEY" else word for word in example.split()]
        if "KEY" in example.split():
            assert await redis.execute_command("COMMAND GETKEYS", *words) == [key("x")], example
        (info,) = await redis.execute_command("COMMAND INFO", words[0])
        assert info[1] == len(words) or -info[1] <= len(words), example


def test_every_command_of_the_scripts_is_checked():
    texts = [path.read_text() for path in (Path(app.store.__file__).parent / "lua").glob("*.lua")]
    called = {name.lower() for text in texts for name in re.findall(r"redis\.p?call\('(\w+)'", text)}

    assert called - {name.partition("|")[0] for name in NAMED} == set()


async def test_every_command_of_a_whole_life_is_checked(tmp_path, clock):
    server = Server(tmp_path)
    try:
        await until(server.is_up)
        settings = make_settings(
            f"redis://127.0.0.1:{server.port}/0",
            limit_sends_per_app="90/d",
            limit_sends_per_country="100/d",
            apps=event_apps("http://127.0.0.1:1/events", whole_number=True),
        )
        await server.ask("CONFIG", "RESETSTAT")
        async with open_container(settings, now=clock, block_ms=50) as container:
            await container.queue.open()
            await run_full_scenario(container, clock)
        stats = await server.ask("INFO", "commandstats")
    finally:
        server.kill()

    ran = {name.removeprefix("cmdstat_") for name, calls in stats.items() if calls["calls"]}
    ran = {name for name in ran if name.partition("|")[0] not in OF_CONNECTIONS | {"config"}}
    assert ran - NAMED == set()
