"""Readiness: Redis answers, its clock is right, and a worker is alive."""

import time

import pytest

from app.container import open_container
from app.domain.errors import TemporarilyUnavailable
from app.domain.route import Routes, RouteStep
from app.services.readiness import check_readiness
from tests.support.actions import start_verification
from tests.support.builders import make_settings
from tests.support.redis_proxy import closed_port_url
from tests.support.stores import on_both_stores


@on_both_stores
async def test_the_service_is_ready_with_redis_and_a_worker(container):
    await start_verification(container)
    await container.queue.heartbeat("w")

    readiness = await check_readiness(container.health, container.deliver_message.routes, clock=time.time)

    snapshot = readiness.snapshot
    assert (snapshot.has_worker, snapshot.waiting, snapshot.dead, readiness.degraded) == (True, 1, 0, [])


@on_both_stores
async def test_the_service_is_not_ready_without_a_worker(container):
    with pytest.raises(TemporarilyUnavailable, match="No worker"):
        await check_readiness(container.health, container.deliver_message.routes, clock=time.time)


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
        assert await check_readiness(
            container.health, container.deliver_message.routes, clock=lambda: time.time() + skew
        )
    else:
        with pytest.raises(TemporarilyUnavailable, match="clock"):
            await check_readiness(container.health, container.deliver_message.routes, clock=lambda: time.time() + skew)


async def test_the_service_is_not_ready_without_redis(tag):
    async with open_container(make_settings(closed_port_url(), tag)) as container:
        with pytest.raises(TemporarilyUnavailable) as unavailable:
            await check_readiness(container.health, container.deliver_message.routes, clock=time.time)

    detail = "Redis serves no writes: ECONNREFUSED. No Redis listens there: start it, or check host and port."
    assert unavailable.value.public()["failures"] == [{"name": "redis_unavailable", "detail": detail}]


@on_both_stores
async def test_each_failure_has_its_name(container, redis, key):
    await redis.xadd(key("sends_queue"), {"version": "1"}, id="1600000000000-0")

    with pytest.raises(TemporarilyUnavailable) as unavailable:
        await check_readiness(container.health, container.deliver_message.routes, clock=lambda: time.time() + 3)

    names = [failure["name"] for failure in unavailable.value.failures]
    assert names == ["clock_skew", "no_worker", "queue_stalled"]


@on_both_stores
async def test_a_route_whose_gateways_all_rest_is_degraded(container, redis, key):
    routes = Routes([[RouteStep("inbox")]], {"US": [[RouteStep("inbox")], [RouteStep("two")]]})
    await container.queue.heartbeat("w", resting=["inbox"])

    readiness = await check_readiness(container.health, routes, clock=time.time)

    assert [(one.name, one.detail) for one in readiness.degraded] == [
        ("route_resting", "Every gateway of the route * rests after failures: inbox.")
    ]
    assert 4000 < await redis.pttl(key("resting", "inbox")) <= 5000


@on_both_stores
async def test_messages_that_wait_for_long_are_no_failure(container, redis, key):
    """A bulk waits for codes, and for the rate of its gateway."""
    await redis.xadd(key("messages_queue"), {"message": "ms_1", "send": "1"}, id="1600000000000-0")
    await container.queue.heartbeat("w")

    readiness = await check_readiness(container.health, container.deliver_message.routes, clock=time.time)

    assert readiness.snapshot.jobs["messages"] == 1
