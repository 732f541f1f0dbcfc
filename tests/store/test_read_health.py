"""read_health: write a key, and read what the readiness check and the metrics show."""

import asyncio

from tests.support.actions import start_verification
from tests.support.outgoing import accepted_id
from tests.support.queues import add_and_take_job


async def test_a_snapshot_counts_what_waits(container, redis, key, clock):
    await start_verification(container)
    await start_verification(container, "+31612345671")
    await container.queue.add("reports", [{"version": "1"}])
    await container.queue.put_back(await add_and_take_job(container, which="reports", word="x"), wait_ms=5000)
    await container.queue.heartbeat("w", resting=["inbox"])
    await container.queue.add("messages", [{"message": "ms_1", "send": "1"}] * 3)
    await container.queue.put_back(await add_and_take_job(container, which="messages"), wait_ms=5000)
    await accepted_id(container, send_at=clock.now + 60_000)

    snapshot = await container.health.snapshot()

    of_messages = {"messages": 3, "later_messages": 1, "scheduled": 1}
    assert snapshot.jobs == {"sends": 2, "reports": 1, "later": 1, **of_messages}
    assert (snapshot.has_worker, snapshot.dead, snapshot.resting) == (True, 0, {"inbox"})
    assert 0 <= snapshot.oldest["sends"] < 60
    assert 0 < await redis.pttl(key("written")) <= 1000


async def test_racing_snapshots_agree(container):
    await start_verification(container)

    snapshots = await asyncio.gather(*(container.health.snapshot() for _ in range(20)))

    assert {snapshot.jobs["sends"] for snapshot in snapshots} == {1}


async def test_an_empty_queue_has_no_age(container):
    assert (await container.health.snapshot()).oldest == {"sends": 0, "reports": 0, "messages": 0}
