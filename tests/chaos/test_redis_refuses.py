"""Redis is full, read-only or evicts: calls are refused with its word, and work again as soon as Redis takes writes."""

import time

import pytest

from tests.chaos import faults

pytestmark = pytest.mark.chaos
_SECONDS = 5


async def test_redis_is_full(run, redis_server):
    async with run(redis_server.url) as scenario:
        await faults.refuse_writes(scenario, redis_server, _SECONDS, maxmemory="1mb")


async def test_redis_has_too_few_replicas(run, redis_server):
    async with run(redis_server.url) as scenario:
        await faults.refuse_writes(scenario, redis_server, _SECONDS, min_replicas_to_write="1")


async def test_redis_cannot_save(run, redis_server):
    """It refuses writes by MISCONF while its snapshots fail: here because a folder has the name of the file."""
    (redis_server.folder / "dump.rdb").mkdir()
    async with run(redis_server.url) as scenario:
        await faults.refuse_writes(scenario, redis_server, _SECONDS, save="1 1")


async def test_redis_is_a_replica_for_a_while(run, redis_server):
    """Connections live on: it answers reads, and refuses writes by READONLY. Its primary does not exist."""
    async with run(redis_server.url) as scenario, scenario.fault():
        await redis_server.ask("REPLICAOF", "127.0.0.1", 1)
        await scenario.wait(_SECONDS)
        await redis_server.ask("REPLICAOF", "NO", "ONE")
        scenario.heal()


async def test_redis_evicts(run, redis_server):
    """What it evicts is lost, whatever its age; afterwards everything works."""
    async with run(redis_server.url) as scenario:
        async with scenario.fault(loses_from=0.0):
            await redis_server.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
            await redis_server.ask("CONFIG", "SET", "maxmemory", await _used(redis_server))
            await scenario.wait(_SECONDS)
            await redis_server.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
            await redis_server.ask("CONFIG", "SET", "maxmemory", "0")
            scenario.heal()
        recovered = time.monotonic()
        await scenario.wait(_SECONDS)
        assert any(login.accepted_at and login.accepted_at > recovered for login in scenario.ledger.logins)


async def _used(server):
    return (await server.ask("INFO", "memory"))["used_memory"]
