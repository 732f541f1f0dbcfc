"""Workers that stop, die, hang or lose Redis: no job is lost, none runs twice."""

import asyncio
import time

from app.container import open_container
from app.domain.status import Status
from app.worker import run_worker
from tests.support.actions import read_verification, start_verification
from tests.support.builders import OTHER_PHONE, make_settings
from tests.support.fake_gateways import BlockingGateway, FakeGateway, with_gateways
from tests.support.messages import report_job
from tests.support.queues import set_idle, wait_until_idle
from tests.support.redis_proxy import NO_REPLY, RedisProxy
from tests.support.running_worker import running_worker
from tests.support.stores import on_both_stores, on_the_engine
from tests.support.waiting import until

NUMBERS = [f"+316123456{last:02}" for last in range(30)]


async def test_job_of_a_dead_worker_is_claimed_by_another(container, redis, key):
    """The queue is otherwise idle."""
    gateway = FakeGateway()
    await start_verification(container)
    (job,) = await container.queue.take("sends", "w1", most=1)
    await set_idle(redis, key, job.id)
    async with running_worker(with_gateways(container, gateway)):
        await wait_until_idle(container)

    assert len(gateway.sent) == 1


async def test_job_is_buried_after_a_hundred_deliveries(container, redis, key):
    gateway = FakeGateway()
    await start_verification(container)
    (job,) = await container.queue.take("sends", "w1", most=1)
    await redis.xclaim(key("sends_queue"), "workers", "w1", 0, [job.id], idle=4001, retrycount=100)
    async with running_worker(with_gateways(container, gateway)):
        (dead_letter,) = await until(container.dead_letters.list)

    assert dead_letter.why == "delivered_too_often"
    assert gateway.sent == []


@on_both_stores
async def test_two_workers_share_a_queue_without_duplicates(container):
    gateways = FakeGateway(), FakeGateway()
    for number in NUMBERS:
        await start_verification(container, number)
    async with (
        running_worker(with_gateways(container, gateways[0])),
        running_worker(with_gateways(container, gateways[1])),
    ):
        await wait_until_idle(container)

    sent = [message.to.e164 for gateway in gateways for message in gateway.sent]
    assert sorted(sent) == NUMBERS


@on_the_engine
async def test_claim_of_a_slow_job_is_renewed(container, redis, key):
    """Another worker looks for jobs of dead workers meanwhile, and does not claim it."""
    slow, idle = BlockingGateway(), FakeGateway()
    async with running_worker(with_gateways(container, slow)), running_worker(with_gateways(container, idle), slots=1):
        await asyncio.gather(*(start_verification(container, number) for number in NUMBERS[:3]))
        await until(lambda: len(slow.sent) + len(idle.sent) == 3)
        deadline = time.monotonic() + 1.5
        await until(lambda: time.monotonic() > deadline)  # one renewal, three claims of the other worker
        pending = await redis.xpending_range(key("sends_queue"), "workers", "-", "+", 10)
        slow.go.set()
        await wait_until_idle(container)

    assert all(entry["time_since_delivered"] < 1400 for entry in pending)
    assert len(slow.sent) + len(idle.sent) == 3


async def test_hanging_gateway_does_not_block_reports(container):
    slow = BlockingGateway()
    async with running_worker(with_gateways(container, slow), slots=1):
        for number in NUMBERS[:3]:
            await start_verification(container, number)
        await until(lambda: slow.sent)
        await container.queue.add("reports", [report_job(container, "delivered", reference=slow.sent[0].id).fields()])
        await until(lambda: _reports_done(container))
        slow.go.set()
        await wait_until_idle(container)


async def _reports_done(container):
    return (await container.health.snapshot()).waiting == 3


async def test_stopping_worker_finishes_jobs_in_progress(container):
    slow = BlockingGateway()
    async with running_worker(with_gateways(container, slow)):
        verification = await start_verification(container)
        await until(lambda: slow.sent)
        asyncio.get_running_loop().call_later(0.1, slow.go.set)

    assert (await read_verification(container, verification.id)).sends[0].messages[0].status == Status.SENT
    assert (await container.health.snapshot()).waiting == 0


@on_both_stores
async def test_worker_recovers_when_redis_loses_its_data(container, redis, key):
    """After a restart without persistence, streams and groups are created again."""
    gateway = FakeGateway()
    async with running_worker(with_gateways(container, gateway)):
        await start_verification(container)
        await wait_until_idle(container)
        await redis.delete(key("sends_queue"), key("reports_queue"))
        verification = await start_verification(container, OTHER_PHONE)
        await until(lambda: len(gateway.sent) == 2)
        await container.queue.add(
            "reports", [report_job(container, "delivered", vendor_id="v-2", reference=gateway.sent[1].id).fields()]
        )
        await wait_until_idle(container)

    assert (await read_verification(container, verification.id)).sends[0].messages[0].status == Status.DELIVERED


async def test_worker_stopped_before_its_first_job_stops(container):
    stop = asyncio.Event()
    stop.set()
    await start_verification(container)

    await asyncio.wait_for(run_worker(container, slots=1, stop=stop), 5)

    assert (await container.health.snapshot()).waiting == 1


async def test_stopped_worker_removes_its_consumer(container, redis, key):
    """Otherwise every restart would add one to the group."""
    async with running_worker(with_gateways(container, FakeGateway())):
        await start_verification(container)
        await wait_until_idle(container)

    assert await redis.xinfo_consumers(key("sends_queue"), "workers") == []


async def test_worker_stops_in_time_when_redis_hangs(engine_url, tag):
    """Forty jobs that cannot be put back must not time out one by one; another worker claims them later."""
    async with RedisProxy(engine_url) as redis_proxy, open_container(make_settings(redis_proxy.url, tag)) as container:
        slow, stop = BlockingGateway(), asyncio.Event()
        await container.queue.open()
        for number in range(40):
            await start_verification(container, f"+3161234{number:04}")
        worker = asyncio.create_task(run_worker(with_gateways(container, slow), slots=100, stop=stop))
        await until(lambda: len(slow.sent) == 40)
        redis_proxy.canned_reply = NO_REPLY
        started = time.monotonic()
        stop.set()
        await asyncio.wait_for(worker, 30)

    assert time.monotonic() - started < 10
