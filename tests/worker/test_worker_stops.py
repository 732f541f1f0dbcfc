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


async def test_a_dead_workers_job_is_done_by_another(tools, redis, key):
    """On a quiet queue too."""
    carrier = Carrier()
    await ask(tools)
    (job,) = await tools.queue.take("sends", "w1", most=1)
    await age(redis, key, job.id)
    async with working(with_gateway(tools, carrier)):
        await quiet(tools)

    assert len(carrier.sent) == 1


async def test_a_job_that_a_hundred_workers_let_go_of_is_given_to_no_other(tools, redis, key):
    carrier = Carrier()
    await ask(tools)
    (job,) = await tools.queue.take("sends", "w1", most=1)
    await redis.xclaim(key("sends_queue"), "workers", "w1", 0, [job.id], idle=4001, retrycount=100)
    async with working(with_gateway(tools, carrier)):
        (letter,) = await until(tools.dead_letters.list)

    assert letter.why == "delivered_too_often"
    assert carrier.sent == []


@on_both_stores
async def test_two_workers_share_a_queue_and_do_no_job_twice(tools):
    carriers = Carrier(), Carrier()
    for number in NUMBERS:
        await ask(tools, number)
    async with working(with_gateway(tools, carriers[0])), working(with_gateway(tools, carriers[1])):
        await quiet(tools)

    sent = [message.to.e164 for carrier in carriers for message in carrier.sent]
    assert sorted(sent) == NUMBERS


@on_the_engine
async def test_a_slow_job_is_held_as_long_as_it_takes(tools, redis, key):
    """Another worker looks for jobs of the dead all the while, and leaves it alone."""
    slow, idle = Slow(), Carrier()
    async with working(with_gateway(tools, slow)), working(with_gateway(tools, idle), slots=1):
        await asyncio.gather(*(ask(tools, number) for number in NUMBERS[:3]))
        await until(lambda: len(slow.sent) + len(idle.sent) == 3)
        ends = time.monotonic() + 1.5
        await until(lambda: time.monotonic() > ends)  # one renewal, three looks of the other
        pending = await redis.xpending_range(key("sends_queue"), "workers", "-", "+", 10)
        slow.go.set()
        await quiet(tools)

    assert all(entry["time_since_delivered"] < 1400 for entry in pending)
    assert len(slow.sent) + len(idle.sent) == 3


async def test_a_hanging_gateway_is_in_no_reports_way(tools):
    slow = Slow()
    async with working(with_gateway(tools, slow), slots=1):
        for number in NUMBERS[:3]:
            await ask(tools, number)
        await until(lambda: slow.sent)
        await tools.queue.add("reports", [tell(tools, "delivered", reference=slow.sent[0].id).fields()])
        await until(lambda: _reports_done(tools))
        slow.go.set()
        await quiet(tools)


async def _reports_done(tools):
    return (await tools.health.feel()).waiting == 3


async def test_a_worker_that_stops_finishes_what_is_in_hand(tools):
    slow = Slow()
    async with working(with_gateway(tools, slow)):
        standing = await ask(tools)
        await until(lambda: slow.sent)
        asyncio.get_running_loop().call_later(0.1, slow.go.set)

    assert (await look(tools, standing.id)).sends[0].messages[0].status == Status.SENT
    assert (await tools.health.feel()).waiting == 0


@on_both_stores
async def test_a_worker_takes_up_when_redis_lost_what_it_kept(tools, redis, key):
    """A restart without a disk: streams and groups are made anew."""
    carrier = Carrier()
    async with working(with_gateway(tools, carrier)):
        await ask(tools)
        await quiet(tools)
        await redis.delete(key("sends_queue"), key("reports_queue"))
        standing = await ask(tools, OTHER_PHONE)
        await until(lambda: len(carrier.sent) == 2)
        await tools.queue.add(
            "reports", [tell(tools, "delivered", vendor_id="v-2", reference=carrier.sent[1].id).fields()]
        )
        await quiet(tools)

    assert (await look(tools, standing.id)).sends[0].messages[0].status == Status.DELIVERED


async def test_a_worker_that_is_stopped_before_it_began_stops(tools):
    stop = asyncio.Event()
    stop.set()
    await ask(tools)

    await asyncio.wait_for(run_worker(tools.queue, tools.desk, slots=1, stop=stop), 5)

    assert (await tools.health.feel()).waiting == 1


async def test_a_worker_that_stopped_leaves_no_name_behind(tools, redis, key):
    """Else every restart would add one to the group, for ever."""
    async with working(with_gateway(tools, Carrier())):
        await ask(tools)
        await quiet(tools)

    assert await redis.xinfo_consumers(key("sends_queue"), "workers") == []


async def test_a_worker_stops_in_time_though_redis_hangs(engine_url, tag):
    """Forty jobs that cannot be handed back must not be waited for one by one; another worker claims them."""
    async with Wire(engine_url) as wire, open_container(make_settings(wire.url, tag)) as tools:
        slow, stop = Slow(), asyncio.Event()
        await tools.queue.open()
        for number in range(40):
            await ask(tools, f"+3161234{number:04}")
        desk = desk_of(tools, slow)
        worker = asyncio.create_task(run_worker(tools.queue, desk, slots=100, stop=stop))
        await until(lambda: len(slow.sent) == 40)
        wire.says = SILENCE
        started = time.monotonic()
        stop.set()
        await asyncio.wait_for(worker, 30)

    assert time.monotonic() - started < 10
