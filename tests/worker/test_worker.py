"""The queue process: takes jobs, runs acts, stops gently, and loses nothing."""

from dataclasses import replace

from app.domain.gateway import Refused, Unreachable
from app.domain.message import Accepted
from app.domain.status import Reason, Status
from tests.support.actions import ask, cancel, check, look
from tests.support.builders import OTHER_PHONE
from tests.support.fake_gateways import Carrier, with_gateway
from tests.support.messages import tell
from tests.support.queues import quiet
from tests.support.running_worker import working
from tests.support.waiting import until

NUMBERS = [f"+316123456{last:02}" for last in range(30)]


async def test_a_worker_sends_what_is_asked_for(tools):
    carrier = Carrier()
    async with working(with_gateway(tools, carrier)):
        standing = await ask(tools)
        await quiet(tools)

    assert await check(tools, carrier.codes[0], id=standing.id)
    assert (await look(tools, standing.id)).sends[0].messages[0].status == Status.SENT


async def test_a_worker_applies_reports(tools):
    carrier = Carrier()
    async with working(with_gateway(tools, carrier)):
        standing = await ask(tools)
        await until(lambda: carrier.sent)
        report = tell(tools, "delivered", reference=carrier.sent[0].id)
        await tools.queue.add("reports", [report.fields()])
        await quiet(tools)

    assert (await look(tools, standing.id)).sends[0].messages[0].status == Status.DELIVERED


async def test_a_worker_shows_that_it_lives(tools):
    async with working(tools):
        assert await until(lambda: _lives(tools))


async def _lives(tools):
    return (await tools.health.feel()).has_worker


async def test_an_ended_verification_is_dropped(tools):
    carrier = Carrier()
    standing = await ask(tools)
    await cancel(tools, standing.id)
    async with working(with_gateway(tools, carrier)):
        await quiet(tools)

    assert carrier.sent == []


async def test_an_unreachable_gateway_is_tried_again_after_the_wait(tools, clock, redis, key):
    carrier = Carrier(Unreachable("away"), Unreachable("away"))
    async with working(with_gateway(tools, carrier)):
        await ask(tools)
        for tries, wait_ms in ((1, 500), (2, 1000)):
            await until(lambda: len(carrier.sent) == tries)  # noqa: B023  looked at before it changes
            await until(lambda: redis.zcard(key("later")))
            clock.tick(ms=wait_ms)
        await quiet(tools)

    assert len(carrier.sent) == 3


async def test_a_job_that_fails_ten_times_is_buried(tools):
    carrier = Carrier(Unreachable("away"))
    standing = await ask(tools)
    (job,) = await tools.queue.take("sends", "w", most=1)
    await tools.queue.put_back(replace(job, tries=8), wait_ms=0)
    async with working(with_gateway(tools, carrier)):
        await until(tools.dead_letters.list)

    (letter,) = await tools.dead_letters.list()
    assert (letter.why, letter.tries, letter.names["verification"]) == ("unreachable", 9, standing.id)


async def test_what_an_operator_should_see_is_buried_at_once_and_can_be_replayed(tools, clock):
    carrier = Carrier(Refused("no", reason=Reason.NO_CREDIT))
    async with working(with_gateway(tools, carrier)):
        await ask(tools)
        (letter,) = await until(tools.dead_letters.list)
        clock.tick(seconds=10)  # a gateway without credit rests
        await tools.dead_letters.replay(letter.id)
        await quiet(tools)

    assert letter.why == "refused_no_credit"
    assert len(carrier.sent) == 2
    assert await tools.dead_letters.list() == []


async def test_a_bug_ends_neither_the_worker_nor_its_job(tools, clock, redis, key):
    """Nobody is left without a code because one gateway stumbles over one message."""
    carrier = Carrier(ZeroDivisionError("a bug"), Accepted("v-1"))
    async with working(with_gateway(tools, carrier)):
        await ask(tools)
        await until(lambda: redis.zcard(key("later")))
        await ask(tools, OTHER_PHONE)
        await until(lambda: len(carrier.sent) == 2)
        clock.tick(seconds=2)
        await quiet(tools)

    assert len(carrier.sent) == 3


async def test_a_job_that_cannot_be_read_is_buried_in_the_end_and_harms_no_other(tools):
    carrier = Carrier()
    await tools.queue.add("sends", [{"send": "x", "tries": "9"}])
    async with working(with_gateway(tools, carrier)):
        await ask(tools)
        await until(lambda: carrier.sent)
        (letter,) = await until(tools.dead_letters.list)

    assert letter.why == "bug"


async def test_a_job_without_a_verification_is_dropped(tools):
    carrier = Carrier()
    await tools.queue.add("sends", [{"verification": "vf_none", "send": "1"}])
    async with working(with_gateway(tools, carrier)):
        await quiet(tools)

    assert carrier.sent == []
    assert await tools.dead_letters.list() == []
