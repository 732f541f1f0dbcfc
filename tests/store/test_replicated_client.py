"""Waiting for replicas: checks and redemptions are answered once replicas have them, or with a warning."""

import asyncio
import time

import pytest

from app.container import open_container
from app.domain.errors import OtpError
from app.metrics.families import REGISTRY
from app.store.connection import open_replicated_redis
from tests.support.actions import check, redeem, start_with_code
from tests.support.builders import make_settings
from tests.support.redis_topologies import Server
from tests.support.waiting import until


@pytest.fixture
async def pair(tmp_path):
    """A primary and a replica, which a test may pause."""
    primary = Server(tmp_path, "repl-diskless-sync-delay 0")
    replica = Server(tmp_path, f"replicaof 127.0.0.1 {primary.port}")
    try:
        await until(primary.is_up)
        await until(replica.is_up)

        async def is_connected():
            knows = (await primary.ask("INFO", "replication")).get("slave0", {}).get("state") == "online"
            return knows and (await replica.ask("INFO", "replication"))["master_link_status"] == "up"

        await until(is_connected)
        yield primary, replica
    finally:
        replica.resume()
        replica.kill()
        primary.kill()


def url_of(server):
    return f"redis://127.0.0.1:{server.port}/0"


def warnings(lines):
    return [line for line in lines.getvalue().splitlines() if b"redis_not_replicated" in line]


def unreplicated():
    return REGISTRY.get_sample_value("otp_redis_unreplicated_total")


async def test_a_reply_waits_until_a_replica_has_the_write(pair, logged_lines):
    primary, replica = pair
    client = open_replicated_redis(url_of(primary), 1, wait_ms=20_000)
    await client.set("a", "1")
    replica.pause()
    writing = asyncio.create_task(client.set("b", "1"))
    await until(lambda: _is_written(primary, "b"))

    await asyncio.sleep(0)
    assert not writing.done()
    replica.resume()
    assert await writing
    assert await replica.ask("EXISTS", "b")
    await client.aclose()
    assert warnings(logged_lines) == []


async def _is_written(server, name):
    return await server.ask("EXISTS", name)


async def test_checks_and_redemptions_are_answered_without_replicas_and_warned_of(pair, tag, logged_lines):
    primary, replica = pair
    settings = make_settings(url_of(primary), tag, redis_wait_replicas=1, limit_sends_per_number="off")
    async with open_container(settings) as container:
        id, code = await start_with_code(container)
        other_id, other_code = await start_with_code(container)
        await check(container, other_code, id=other_id)
        assert warnings(logged_lines) == []

        replica.pause()
        before = unreplicated()
        id, code = await start_with_code(container)
        began = time.monotonic()
        approved = await check(container, code, id=id)
        assert time.monotonic() - began >= 0.4
        assert await redeem(container, approved.proof)

    assert len(warnings(logged_lines)) == unreplicated() - before == 2
    assert all(b'"replicas":0,"wanted":1' in line for line in warnings(logged_lines))


async def test_a_used_code_stays_used_after_a_failover(pair, tag):
    primary, replica = pair
    async with open_container(make_settings(url_of(primary), tag, redis_wait_replicas=1)) as container:
        id, code = await start_with_code(container)
        approved = await check(container, code, id=id)
        assert await redeem(container, approved.proof)

    primary.kill()
    await replica.ask("REPLICAOF", "NO", "ONE")

    async with open_container(make_settings(url_of(replica), tag)) as container:
        with pytest.raises(OtpError):
            await check(container, code, id=id)
        assert await redeem(container, approved.proof) is None


async def test_many_checks_wait_together(pair, tag):
    """Each write waits half a second: one after another, most would be refused."""
    primary, replica = pair
    settings = make_settings(url_of(primary), tag, redis_wait_replicas=1)
    async with open_container(settings) as container:
        codes = [await start_with_code(container, f"+3161234{number:04d}") for number in range(40)]
        replica.pause()

        answers = await asyncio.gather(*(check(container, code, id=id) for id, code in codes))

    assert len({answer.verification.id for answer in answers}) == 40


async def test_racing_right_answers_approve_one(pair, tag):
    primary, _ = pair
    async with open_container(make_settings(url_of(primary), tag, redis_wait_replicas=1)) as container:
        id, code = await start_with_code(container)

        answers = await asyncio.gather(*(check(container, code, id=id) for _ in range(100)), return_exceptions=True)

    assert sum(not isinstance(answer, Exception) for answer in answers) == 1


async def test_the_wait_is_a_part_of_the_same_write(redis_proxy, tag):
    async with open_container(make_settings(redis_proxy.url, tag, redis_wait_replicas=1)) as container:
        id, code = await start_with_code(container)
        first, first_code = await start_with_code(container, "+31612345671")
        await check(container, first_code, id=first)  # loads the script
        before = redis_proxy.round_trips

        await check(container, code, id=id)

        assert redis_proxy.round_trips == before + 1


async def test_a_server_that_refuses_wait_answers_with_a_warning(tmp_path, logged_lines):
    server = Server(tmp_path, "user me on >pw ~* +@all -wait")
    try:
        await until(server.is_up)
        client = open_replicated_redis(f"redis://me:pw@127.0.0.1:{server.port}/0", 1)
        assert await client.set("a", "1")
        await client.aclose()
    finally:
        server.kill()

    assert len(warnings(logged_lines)) == 1


async def test_without_the_setting_checks_share_the_connection_of_all(redis_proxy, tag):
    async with open_container(make_settings(redis_proxy.url, tag)) as container:
        assert container.store.replicated is None
