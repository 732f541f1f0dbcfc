"""A primary that moves: Sentinels, a cluster, and a server that becomes a replica while connections live on."""

import time
from itertools import count

import pytest
from redis.crc import key_slot
from redis.exceptions import RedisError

from app.container import open_container
from app.domain.errors import TemporarilyUnavailable
from app.services.parts.code_generation import new_id
from app.store.connection import open_clients
from app.store.primary import Primary
from tests.support import odd_servers
from tests.support.actions import start_verification
from tests.support.builders import make_settings
from tests.support.redis_server import run_redis_server
from tests.support.redis_topologies import Server, add_replica, run_cluster, run_sentinels
from tests.support.waiting import until

FAILOVER_S = 20.0


async def works(container, number):
    try:
        return await start_verification(container, number)
    except TemporarilyUnavailable:
        return None


async def test_an_address_that_has_changed_makes_the_connections_stale():
    """Without a word of the former primary, whose connections live on."""
    addresses, seconds = iter([("one", 6379), ("one", 6379), ("two", 6379)]), count()

    async def look_up():
        return next(addresses)

    primary = Primary(look_up, clock=lambda: next(seconds))

    epochs = [(await primary.address(), primary.epoch) for _ in range(3)]

    assert epochs == [(("one", 6379), 0), (("one", 6379), 0), (("two", 6379), 1)]


async def test_a_killed_primary_is_replaced_by_the_one_that_the_sentinels_name(tmp_path, tag):
    async with run_sentinels(tmp_path) as topology, open_container(make_settings(topology.url, tag)) as container:
        await start_verification(container, "+31612345671")
        former = await topology.primary()
        former.kill()

        async def has_moved():
            return (await topology.primary()) is not former

        await until(has_moved, within=FAILOVER_S)
        elected = time.monotonic()
        await until(lambda: works(container, "+31612345672"), within=FAILOVER_S)

        assert time.monotonic() - elected < 5


async def test_connections_to_a_former_primary_are_dropped_once_the_sentinels_name_another(tmp_path, tag):
    """They live on, and it takes writes that are lost until the Sentinels make it a replica, eight seconds later."""
    async with run_sentinels(tmp_path) as topology, open_container(make_settings(topology.url, tag)) as container:
        await start_verification(container, "+31612345671")
        former = await topology.primary()
        await topology.fail_over()

        async def has_moved():
            return (await topology.primary()) is not former

        await until(has_moved, within=FAILOVER_S)
        named = time.monotonic()
        numbers = count()
        (new,) = [server for server in topology.servers if server is not former]

        async def is_kept():
            number = f"+3161234{next(numbers):04d}"
            return await works(container, number) and await new.ask("EXISTS", f"{tag}:sends_queue")

        await until(is_kept, within=FAILOVER_S)

    assert time.monotonic() - named < 5


async def test_a_server_that_becomes_a_replica_is_used_again_once_it_is_the_primary(tmp_path, tag):
    server, other = Server(tmp_path), Server(tmp_path)
    try:
        await until(server.is_up)
        await until(other.is_up)
        settings = make_settings(f"redis://127.0.0.1:{server.port}/0", tag)
        async with open_container(settings) as container:
            await start_verification(container, "+31612345671")
            await server.ask("REPLICAOF", "127.0.0.1", other.port)
            with pytest.raises(TemporarilyUnavailable) as away:
                await start_verification(container, "+31612345672")
            assert away.value.cause == "READONLY"

            await server.ask("REPLICAOF", "NO", "ONE")
            began = time.monotonic()
            await until(lambda: works(container, "+31612345673"))
            assert time.monotonic() - began < 2
    finally:
        server.kill()
        other.kill()


@pytest.mark.parametrize(
    "garbage",
    [
        b"*2\r\n$1\r\n\xff\r\n:1",
        b"\x00",
        *(pytest.param(role, marks=pytest.mark.long) for role in (b"+OK", b"$-1", b":1", b"*1\r\n:1", b"*1\r\n*0")),
    ],
)
async def test_a_role_that_makes_no_sense_drops_the_connection_and_is_asked_again(garbage):
    """The task that asks must not end, or a later failover would go unnoticed."""
    roles = [odd_servers.MASTER, garbage, garbage]

    def role():
        return roles.pop(0) if roles else odd_servers.MASTER

    async with (
        odd_servers.serve(odd_servers.has_role(role)) as port,
        open_clients(f"redis://127.0.0.1:{port}", "{otp}") as clients,
    ):
        await clients.redis.execute_command("GET", "a")
        await until(lambda: not roles)

        assert await until(lambda: answers(clients.redis))
        roles.append(odd_servers.MASTER)
        await until(lambda: not roles)


async def answers(redis):
    try:
        return await redis.execute_command("GET", "a")
    except (RedisError, OSError):
        return False


async def test_any_node_of_a_cluster_leads_to_the_owner_of_the_slot(tmp_path, tag):
    async with run_cluster(tmp_path) as nodes:
        slot = key_slot(tag.encode())
        owner = nodes[0 if slot <= 5460 else 1 if slot <= 10922 else 2]
        for node in nodes:
            async with open_container(make_settings(f"redis+cluster://127.0.0.1:{node.port}", tag)) as container:
                await start_verification(container, f"+3161234{nodes.index(node):04d}")

        assert await owner.ask("EXISTS", f"{tag}:sends_queue")


async def test_a_slot_that_moves_is_unavailable_and_then_followed(tmp_path, tag):
    """With Redis' own words; nothing is repeated, and no connection is dropped before the slot has moved."""
    async with run_cluster(tmp_path) as nodes:
        slot = key_slot(tag.encode())
        owner = 0 if slot <= 5460 else 1 if slot <= 10922 else 2
        source, target = nodes[owner], nodes[owner - 1]
        ids = {node: (await node.ask("CLUSTER", "MYID")).decode() for node in (source, target)}
        async with open_container(make_settings(f"redis+cluster://127.0.0.1:{source.port}", tag)) as container:
            await container.health.snapshot()
            await target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[source])
            await source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[target])
            with pytest.raises(TemporarilyUnavailable) as moving:
                await start_verification(container, "+31612345671")
            assert moving.value.cause in {"ASK", "TRYAGAIN"}

            for node in (target, source):
                await node.ask("CLUSTER", "SETSLOT", slot, "NODE", ids[target])
            await until(lambda: works(container, "+31612345672"))

        assert await target.ask("EXISTS", f"{tag}:sends_queue")


async def test_a_cluster_whose_owner_dies_goes_on_with_its_replica(tmp_path, tag):
    async with run_cluster(tmp_path) as nodes:
        slot = key_slot(tag.encode())
        owner = nodes[0 if slot <= 5460 else 1 if slot <= 10922 else 2]
        await add_replica(nodes, owner, nodes[3])
        others = [node for node in nodes[:3] if node is not owner]
        url = "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in others)
        async with open_container(make_settings(url, tag)) as container:
            await start_verification(container, "+31612345671")
            owner.kill()

            await until(lambda: works(container, "+31612345672"), within=FAILOVER_S)

        assert await nodes[3].ask("EXISTS", f"{tag}:sends_queue")


async def test_a_sentinels_port_without_the_word_sentinel_is_told_apart(tmp_path, tag):
    sentinel = Server(tmp_path, sentinel=True)
    try:
        await until(sentinel.is_up)
        async with open_container(make_settings(f"redis://127.0.0.1:{sentinel.port}/0", tag)) as container:
            with pytest.raises(TemporarilyUnavailable) as away:
                await container.health.snapshot()
    finally:
        sentinel.kill()

    assert away.value.cause == "SENTINEL"


@pytest.mark.parametrize("protocol", [2, 3])
async def test_both_protocols_work_and_a_job_is_taken_at_once(tag, protocol):
    """Under RESP3 a read of the queue had another shape, and every SMS was 4 s late."""
    with run_redis_server() as url:
        async with open_container(make_settings(f"{url}/0?protocol={protocol}", tag)) as container:
            await container.queue.open()
            await start_verification(container, "+31612345671")
            began = time.monotonic()
            jobs = await container.queue.take("sends", new_id("w", container.random_bytes), most=1)

    assert len(jobs) == 1
    assert time.monotonic() - began < 1


async def test_a_unix_socket_works(tmp_path, tag):
    socket = tmp_path / "redis.sock"
    server = Server(tmp_path, f"unixsocket {socket}")
    try:
        await until(server.is_up)
        async with open_container(make_settings(f"unix://{socket}?db=1", tag)) as container:
            await start_verification(container, "+31612345671")
        assert await server.ask("DBSIZE") == 0
    finally:
        server.kill()
