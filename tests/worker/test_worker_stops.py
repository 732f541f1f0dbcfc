"""Workers that stop, die, hang or lose their Redis: no job is lost, none is done twice."""

import asyncio
import time

from app.container import open_container
from app.domain.status import Status
from app.worker import run_worker
from tests.support.actions import ask, look
from tests.support.builders import OTHER_PHONE, make_settings
from tests.support.fake_gateways import Carrier, Slow, desk_of, with_gateway
from tests.support.messages import tell
from tests.support.queues import age, quiet
from tests.support.redis_proxy import SILENCE, Wire
from tests.support.running_worker import working
from tests.support.stores import on_both_stores, on_the_engine
from tests.support.waiting import until

NUMBERS = [f"+316123456{last:02}" for last in range(30)]


async def test_a_dead_workers_job_is_done_by_another(container, redis, key):
    """On a quiet queue too."""
    carrier = Carrier()
    await ask(container)
    (job,) = await container.queue.take("sends", "w1", most=1)
    await age(redis, key, job.id)
    async with working(with_gateway(container, carrier)):
        await quiet(container)

    assert len(carrier.sent) == 1


async def test_a_job_that_a_hundred_workers_let_go_of_is_given_to_no_other(container, redis, key):
    carrier = Carrier()
    await ask(container)
    (job,) = await container.queue.take("sends", "w1", most=1)
    await redis.xclaim(key("sends_queue"), "workers", "w1", 0, [job.id], idle=4001, retrycount=100)
    async with working(with_gateway(container, carrier)):
        (letter,) = await until(container.dead_letters.list)

    assert letter.why == "delivered_too_often"
    assert carrier.sent == []


@on_both_stores
async def test_two_workers_share_a_queue_and_do_no_job_twice(container):
    senders = Carrier(), Carrier()
    for number in NUMBERS:
        await ask(container, number)
    async with working(with_gateway(container, senders[0])), working(with_gateway(container, senders[1])):
        await quiet(container)

    sent = [message.to.e164 for carrier in senders for message in carrier.sent]
    assert sorted(sent) == NUMBERS


@on_the_engine
async def test_a_slow_job_is_held_as_long_as_it_takes(container, redis, key):
    """Another worker looks for jobs of the dead all the while, and leaves it alone."""
    slow, idle = Slow(), Carrier()
    async with working(with_gateway(container, slow)), working(with_gateway(container, idle), slots=1):
        await asyncio.gather(*(ask(container, number) for number in NUMBERS[:3]))
        await until(lambda: len(slow.sent) + len(idle.sent) == 3)
        ends = time.monotonic() + 1.5
        await until(lambda: time.monotonic() > ends)  # one renewal, three looks of the other
        pending = await redis.xpending_range(key("sends_queue"), "workers", "-", "+", 10)
        slow.go.set()
        await quiet(container)

    assert all(entry["time_since_delivered"] < 1400 for entry in pending)
    assert len(slow.sent) + len(idle.sent) == 3


async def test_a_hanging_gateway_is_in_no_reports_way(container):
    slow = Slow()
    async with working(with_gateway(container, slow), slots=1):
        for number in NUMBERS[:3]:
            await ask(container, number)
        await until(lambda: slow.sent)
        await container.queue.add("reports", [tell(container, "delivered", reference=slow.sent[0].id).fields()])
        await until(lambda: _reports_done(container))
        slow.go.set()
        await quiet(container)


async def _reports_done(container):
    return (await container.health.snapshot()).waiting == 3


async def test_a_worker_that_stops_finishes_what_is_in_hand(container):
    slow = Slow()
    async with working(with_gateway(container, slow)):
        standing = await ask(container)
        await until(lambda: slow.sent)
        asyncio.get_running_loop().call_later(0.1, slow.go.set)

    assert (await look(container, standing.id)).sends[0].messages[0].status == Status.SENT
    assert (await container.health.snapshot()).waiting == 0


@on_both_stores
async def test_a_worker_takes_up_when_redis_lost_what_it_kept(container, redis, key):
    """A restart without a disk: streams and groups are made anew."""
    carrier = Carrier()
    async with working(with_gateway(container, carrier)):
        await ask(container)
        await quiet(container)
        await redis.delete(key("sends_queue"), key("reports_queue"))
        standing = await ask(container, OTHER_PHONE)
        await until(lambda: len(carrier.sent) == 2)
        await container.queue.add(
            "reports", [tell(container, "delivered", vendor_id="v-2", reference=carrier.sent[1].id).fields()]
        )
        await quiet(container)

    assert (await look(container, standing.id)).sends[0].messages[0].status == Status.DELIVERED


async def test_a_worker_that_is_stopped_before_it_began_stops(container):
    stop = asyncio.Event()
    stop.set()
    await ask(container)

    await asyncio.wait_for(run_worker(container.queue, container.delivery, slots=1, stop=stop), 5)

    assert (await container.health.snapshot()).waiting == 1


async def test_a_worker_that_stopped_leaves_no_name_behind(container, redis, key):
    """Else every restart would add one to the group, for ever."""
    async with working(with_gateway(container, Carrier())):
        await ask(container)
        await quiet(container)

    assert await redis.xinfo_consumers(key("sends_queue"), "workers") == []


async def test_a_worker_stops_in_time_though_redis_hangs(engine_url, tag):
    """Forty jobs that cannot be handed back must not be waited for one by one; another worker claims them."""
    async with Wire(engine_url) as redis_proxy, open_container(make_settings(redis_proxy.url, tag)) as container:
        slow, stop = Slow(), asyncio.Event()
        await container.queue.open()
        for number in range(40):
            await ask(container, f"+3161234{number:04}")
        delivery = desk_of(container, slow)
        worker = asyncio.create_task(run_worker(container.queue, delivery, slots=100, stop=stop))
        await until(lambda: len(slow.sent) == 40)
        redis_proxy.says = SILENCE
        started = time.monotonic()
        stop.set()
        await asyncio.wait_for(worker, 30)

    assert time.monotonic() - started < 10
