"""Readiness: Redis answers, its clock is right, and a worker is alive."""

import time

import pytest

from app.container import open_container
from app.domain.errors import TemporarilyUnavailable
from app.services.readiness import check_readiness
from tests.support.actions import start_verification
from tests.support.builders import make_settings
from tests.support.redis_proxy import closed_port_url
from tests.support.stores import on_both_stores


@on_both_stores
async def test_the_service_is_ready_with_redis_and_a_worker(container):
    await start_verification(container)
    await container.queue.heartbeat("w")

    snapshot = await check_readiness(container.health, clock=time.time)

    assert (snapshot.has_worker, snapshot.waiting, snapshot.dead) == (True, 1, 0)


@on_both_stores
async def test_the_service_is_not_ready_without_a_worker(container):
    with pytest.raises(TemporarilyUnavailable, match="No worker"):
        await check_readiness(container.health, clock=time.time)


@on_both_stores
async def test_a_heartbeat_expires_after_five_seconds(container, redis, key):
    await container.queue.heartbeat("w")

    assert 4000 < await redis.pttl(key("alive")) <= 5000


@on_both_stores
@pytest.mark.parametrize(("skew", "is_ready"), [(-2.5, False), (-1.5, True), (1.5, True), (2.5, False)])
async def test_readiness_allows_two_seconds_of_clock_skew(container, skew, is_ready):
    """Proofs are signed at Redis' time and verified at this machine's."""
    await container.queue.heartbeat("w")

    if is_ready:
        assert await check_readiness(container.health, clock=lambda: time.time() + skew)
    else:
        with pytest.raises(TemporarilyUnavailable, match="clock"):
            await check_readiness(container.health, clock=lambda: time.time() + skew)


async def test_the_service_is_not_ready_without_redis(tag):
    async with open_container(make_settings(closed_port_url(), tag)) as container:
        with pytest.raises(TemporarilyUnavailable):
            await check_readiness(container.health, clock=time.time)
