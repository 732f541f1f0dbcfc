"""The primary dies, hangs or is demoted: the service follows the new one; replication may lose the last answers."""

import time
from contextlib import asynccontextmanager

import pytest
from redis.crc import key_slot

from tests.chaos.scenario import MAX_RECOVERY_S
from tests.support.redis_topologies import add_replica, run_cluster, run_sentinels
from tests.support.waiting import until

pytestmark = pytest.mark.chaos
_DOWN_AFTER_MS = 2000  # without a reply a server counts as dead; operators choose five seconds and more
_ELECTION_S = 60.0
_LAG_S = 1.0  # before the death of a primary; a replica in the same network lags by milliseconds
_BETWEEN_KEYS_S = 0.02
_TAG = "{otp}"


@pytest.mark.parametrize("replicas", ["0", "1"])
async def test_the_primary_of_sentinels_is_killed(run, tmp_path, replicas):
    """Where checks wait for one replica, the new primary has none: each check takes half a second longer."""
    async with (
        run_sentinels(tmp_path, down_after_ms=_DOWN_AFTER_MS) as topology,
        run(topology.url, OTP_REDIS_WAIT_REPLICAS=replicas) as scenario,
    ):
        former = await topology.primary()
        async with scenario.fault(loses_from=time.monotonic() - _LAG_S):
            former.kill()
            await until(lambda: _has_left(topology, former), within=_ELECTION_S)
            scenario.heal()
        await scenario.wait(4)


async def test_the_primary_of_sentinels_is_paused(run, tmp_path):
    """When it continues it still takes itself for the primary, until the Sentinels make it a replica."""
    async with run_sentinels(tmp_path, down_after_ms=_DOWN_AFTER_MS) as topology, run(topology.url) as scenario:
        former = await topology.primary()
        async with scenario.fault(loses_from=time.monotonic() - _LAG_S):
            former.pause()
            await until(lambda: _has_left(topology, former), within=_ELECTION_S)
            scenario.heal()
            await scenario.wait(MAX_RECOVERY_S)
        await scenario.wait(2)
        former.resume()
        await until(lambda: _is_replica(former), within=_ELECTION_S)
        await scenario.wait(4)


async def test_the_primary_of_sentinels_is_demoted(run, tmp_path):
    """Its connections live on, and it takes writes that are lost for ten seconds, until it is a replica.

    The service leaves it within two seconds after they have named the new one.
    """
    async with run_sentinels(tmp_path, down_after_ms=_DOWN_AFTER_MS) as topology, run(topology.url) as scenario:
        former = await topology.primary()
        async with scenario.fault(loses_from=time.monotonic() - _LAG_S):
            await topology.fail_over()
            await until(lambda: _has_left(topology, former), within=_ELECTION_S)
            scenario.heal()
            await scenario.wait(MAX_RECOVERY_S)
        await until(lambda: _is_replica(former), within=_ELECTION_S)
        await scenario.wait(4)


async def test_all_sentinels_are_killed(run, tmp_path):
    """Open connections are used on; a new one needs a Sentinel."""
    async with run_sentinels(tmp_path) as topology, run(topology.url) as scenario:
        async with scenario.fault():
            for sentinel in topology.sentinels:
                sentinel.kill()
            await scenario.wait(5)
            for sentinel in topology.sentinels:
                sentinel.start()
            for sentinel in topology.sentinels:
                await until(sentinel.is_up, within=_ELECTION_S)
            scenario.heal()
        await scenario.wait(2)


async def test_the_primary_of_a_cluster_is_killed(run, tmp_path):
    async with _cluster_with_replica(tmp_path) as (url, owner, replica), run(url) as scenario:
        async with scenario.fault(loses_from=time.monotonic() - _LAG_S):
            owner.kill()
            await until(lambda: _is_primary(replica), within=_ELECTION_S)
            scenario.heal()
        await scenario.wait(4)


async def test_the_primary_of_a_cluster_is_paused(run, tmp_path):
    """When it continues it learns from the others that it is a replica."""
    async with _cluster_with_replica(tmp_path) as (url, owner, replica), run(url) as scenario:
        async with scenario.fault(loses_from=time.monotonic() - _LAG_S):
            owner.pause()
            await until(lambda: _is_primary(replica), within=_ELECTION_S)
            scenario.heal()
            await scenario.wait(MAX_RECOVERY_S)
        await scenario.wait(2)
        owner.resume()
        await until(lambda: _is_replica(owner), within=_ELECTION_S)
        await scenario.wait(4)


async def test_a_cluster_changes_its_primary_by_command(run, tmp_path):
    """The former primary hands everything over, so nothing may be lost; its connections live on and get MOVED."""
    async with _cluster_with_replica(tmp_path) as (url, owner, replica), run(url) as scenario:
        async with scenario.fault():
            await replica.ask("CLUSTER", "FAILOVER")
            await until(lambda: _is_replica(owner), within=_ELECTION_S)
            scenario.heal()
        await scenario.wait(4)


async def test_the_slot_of_a_cluster_moves_to_another_node(run, tmp_path):
    """Calls are refused while some keys are here and some are there; nothing may be lost."""
    async with run_cluster(tmp_path, down_after_ms=_DOWN_AFTER_MS) as nodes:
        source, slot = _owner(nodes)
        target = next(node for node in nodes[:3] if node is not source)
        async with run(_url(nodes)) as scenario:
            async with scenario.fault():
                await _move_slot(scenario, slot, source, target, nodes)
                scenario.heal()
            await scenario.wait(4)


async def _move_slot(scenario, slot, source, target, nodes):
    """Move a slot and its keys, as `redis-cli --cluster reshard` does; slowly, so that it lasts for some seconds."""
    await target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", await _id(source))
    await source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", await _id(target))
    while keys := await source.ask("CLUSTER", "GETKEYSINSLOT", slot, 1):
        await scenario.wait(_BETWEEN_KEYS_S)
        await source.ask("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys)
    for node in dict.fromkeys([target, source, *nodes]):
        await node.ask("CLUSTER", "SETSLOT", slot, "NODE", await _id(target))


async def _id(node):
    return (await node.ask("CLUSTER", "MYID")).decode()


@asynccontextmanager
async def _cluster_with_replica(folder):
    """Run a cluster; yield its URL, the owner of the service's slot, and the owner's replica."""
    async with run_cluster(folder, down_after_ms=_DOWN_AFTER_MS) as nodes:
        owner, _ = _owner(nodes)
        await add_replica(nodes, owner, nodes[3])
        yield _url(nodes), owner, nodes[3]


def _owner(nodes):
    """Return the node that owns the slot of all keys of the service, and the slot."""
    slot = key_slot(_TAG.encode())
    return nodes[0 if slot <= 5460 else 1 if slot <= 10922 else 2], slot


def _url(nodes):
    return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in nodes[:3])


async def _has_left(topology, former):
    """Return whether the Sentinels name another primary."""
    return (await topology.primary()) is not former


async def _is_primary(server):
    return (await server.ask("ROLE"))[0] == b"master"


async def _is_replica(server):
    return (await server.ask("ROLE"))[0] == b"slave"
