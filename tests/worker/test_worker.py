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


async def test_a_worker_sends_what_is_asked_for(container):
    carrier = Carrier()
    async with working(with_gateway(container, carrier)):
        standing = await ask(container)
        await quiet(container)

    assert await check(container, carrier.codes[0], id=standing.id)
    assert (await look(container, standing.id)).sends[0].messages[0].status == Status.SENT


async def test_a_worker_applies_reports(container):
    carrier = Carrier()
    async with working(with_gateway(container, carrier)):
        standing = await ask(container)
        await until(lambda: carrier.sent)
        report = tell(container, "delivered", reference=carrier.sent[0].id)
        await container.queue.add("reports", [report.fields()])
        await quiet(container)

    assert (await look(container, standing.id)).sends[0].messages[0].status == Status.DELIVERED


async def test_a_worker_shows_that_it_lives(container):
    async with working(container):
        assert await until(lambda: _lives(container))


async def _lives(container):
    return (await container.health.snapshot()).has_worker


async def test_an_ended_verification_is_dropped(container):
    carrier = Carrier()
    standing = await ask(container)
    await cancel(container, standing.id)
    async with working(with_gateway(container, carrier)):
        await quiet(container)

    assert carrier.sent == []


async def test_an_unreachable_gateway_is_tried_again_after_the_wait(container, clock, redis, key):
    carrier = Carrier(Unreachable("away"), Unreachable("away"))
    async with working(with_gateway(container, carrier)):
        await ask(container)
        for tries, wait_ms in ((1, 500), (2, 1000)):
            await until(lambda: len(carrier.sent) == tries)  # noqa: B023  looked at before it changes
            await until(lambda: redis.zcard(key("later")))
            clock.tick(ms=wait_ms)
        await quiet(container)

    assert len(carrier.sent) == 3


async def test_a_job_that_fails_ten_times_is_buried(container):
    carrier = Carrier(Unreachable("away"))
    standing = await ask(container)
    (job,) = await container.queue.take("sends", "w", most=1)
    await container.queue.put_back(replace(job, tries=8), wait_ms=0)
    async with working(with_gateway(container, carrier)):
        await until(container.dead_letters.list)

    (letter,) = await container.dead_letters.list()
    assert (letter.why, letter.tries, letter.names["verification"]) == ("unreachable", 9, standing.id)


async def test_what_an_operator_should_see_is_buried_at_once_and_can_be_replayed(container, clock):
    carrier = Carrier(Refused("no", reason=Reason.NO_CREDIT))
    async with working(with_gateway(container, carrier)):
        await ask(container)
        (letter,) = await until(container.dead_letters.list)
        clock.tick(seconds=10)  # a gateway without credit rests
        await container.dead_letters.replay(letter.id)
        await quiet(container)

    assert letter.why == "refused_no_credit"
    assert len(carrier.sent) == 2
    assert await container.dead_letters.list() == []


async def test_a_bug_ends_neither_the_worker_nor_its_job(container, clock, redis, key):
    """Nobody is left without a code because one gateway stumbles over one message."""
    carrier = Carrier(ZeroDivisionError("a bug"), Accepted("v-1"))
    async with working(with_gateway(container, carrier)):
        await ask(container)
        await until(lambda: redis.zcard(key("later")))
        await ask(container, OTHER_PHONE)
        await until(lambda: len(carrier.sent) == 2)
        clock.tick(seconds=2)
        await quiet(container)

    assert len(carrier.sent) == 3


async def test_a_job_that_cannot_be_read_is_buried_in_the_end_and_harms_no_other(container):
    carrier = Carrier()
    await container.queue.add("sends", [{"send": "x", "tries": "9"}])
    async with working(with_gateway(container, carrier)):
        await ask(container)
        await until(lambda: carrier.sent)
        (letter,) = await until(container.dead_letters.list)

    assert letter.why == "bug"


async def test_a_job_without_a_verification_is_dropped(container):
    carrier = Carrier()
    await container.queue.add("sends", [{"verification": "vf_none", "send": "1"}])
    async with working(with_gateway(container, carrier)):
        await quiet(container)

    assert carrier.sent == []
    assert await container.dead_letters.list() == []
