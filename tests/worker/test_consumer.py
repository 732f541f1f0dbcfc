"""One queue being drained: jobs in hand, their holds, and what becomes of each."""

import asyncio
import contextlib
import time

import pytest

from app.domain.errors import TemporarilyUnavailable
from app.services.deliver_message import Completed, Retry
from app.worker.consumer import QueueConsumer, repeat
from tests.support.queues import in_hand
from tests.support.stores import on_the_engine
from tests.support.waiting import until


class Work:
    """Does jobs when it is let to, and remembers which and how many at once."""

    def __init__(self, *, lets=True):
        self.begun = []
        self.at_once = self.most_at_once = 0
        self.let = asyncio.Event()
        if lets:
            self.let.set()

    async def __call__(self, job):
        self.begun.append(job.fields["send"])
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.let.wait()
        finally:
            self.at_once -= 1
        return Completed("done")


class Moody:
    """A queue that is the real one, but for some takes: those raise what they are told."""

    def __init__(self, queue, *moods):
        self._queue = queue
        self._moods = list(moods)

    def __getattr__(self, name):
        return getattr(self._queue, name)

    async def take(self, *args, **kwargs):
        if self._moods:
            raise self._moods.pop(0)
        return await self._queue.take(*args, **kwargs)


@pytest.fixture
def start(container):
    """Run a line until the test ends or stops it."""
    stop = asyncio.Event()
    running = []

    def run(work, *, slots=10, queue=None, **changes):
        line = QueueConsumer("sends", queue or container.queue, work, name="w", slots=slots, **changes)
        running.append(asyncio.create_task(line.run(stop)))
        return stop, running[0]

    return run


async def add(container, count):
    await container.queue.add("sends", [{"verification": "vf_1", "send": str(number)} for number in range(count)])


async def waiting(container):
    return (await container.health.snapshot()).waiting


async def test_a_line_does_all_jobs_and_leaves_none(container, start):
    work = Work()
    stop, task = start(work)
    await add(container, 120)
    await until(lambda: len(work.begun) == 120)
    stop.set()
    await task

    assert sorted(map(int, work.begun)) == list(range(120))
    assert await waiting(container) == 0


async def test_no_more_jobs_are_in_hand_than_there_are_slots(container, start, redis, key):
    work = Work(lets=False)
    stop, task = start(work, slots=3)
    await add(container, 10)
    await until(lambda: len(work.begun) == 3)
    assert len(await in_hand(redis, key)) == 3

    work.let.set()
    await until(lambda: len(work.begun) == 10)
    stop.set()
    await task
    assert work.most_at_once == 3


@on_the_engine
async def test_a_line_that_stops_hands_back_what_it_cannot_finish_untried(container, start):
    """Within `finish_s`; in production these are five seconds, since orchestrators kill after ten."""
    work = Work(lets=False)
    stop, task = start(work, finish_s=0.3)
    await add(container, 2)
    await until(lambda: len(work.begun) == 2)

    started = time.monotonic()
    stop.set()
    await task

    assert 0.3 <= time.monotonic() - started < 5
    assert await container.queue.wake() == 2
    jobs = await container.queue.take("sends", "other", most=10)
    assert [job.tries for job in jobs] == [0, 0]
    assert work.at_once == 0


@pytest.mark.parametrize("mood", [TemporarilyUnavailable(), RuntimeError("a bug")], ids=["away", "bug"])
async def test_a_line_goes_on_when_taking_fails(container, start, mood):
    """A worker that lives, but takes no jobs, would be noticed by nobody."""
    work = Work()
    stop, task = start(work, queue=Moody(container.queue, mood))
    await add(container, 1)
    await until(lambda: work.begun)
    stop.set()
    await task


async def test_a_job_whose_end_redis_did_not_hear_stays_in_hand(container, start, redis, key):
    """It is claimed and done again; better twice than never."""

    async def work(job):
        raise TemporarilyUnavailable

    stop, task = start(work)
    await add(container, 1)
    await until(lambda: in_hand(redis, key))
    stop.set()
    await task

    assert list((await in_hand(redis, key)).values()) == ["w"]


async def test_a_job_that_must_wait_counts_its_tries(container, start, clock):
    tries = []

    async def work(job):
        tries.append(job.tries)
        return Retry("again", 500) if len(tries) < 3 else Completed("done")

    stop, task = start(work)
    await add(container, 1)
    for expected in (1, 2):
        await until(lambda: len(tries) == expected)  # noqa: B023  looked at before it changes
        clock.tick(seconds=1)
        await until(container.queue.wake)
    await until(lambda: len(tries) == 3)
    stop.set()
    await task

    assert tries == [0, 1, 2]


async def test_a_chore_is_repeated_whatever_it_raises():
    done = []

    async def chore():
        done.append(1)
        raise TemporarilyUnavailable if len(done) % 2 else RuntimeError("a bug")

    task = asyncio.create_task(repeat(chore, 0))
    await until(lambda: len(done) > 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert task.cancelled()


async def test_a_chore_that_swallows_its_cancellation_is_not_waited_for_again():
    """`wait_for` of Python 3.11 does, where a result and the cancellation meet; a worker's stop would take longer."""
    started = asyncio.Event()

    async def chore():
        started.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    task = asyncio.create_task(repeat(chore, 3600))
    await started.wait()
    task.cancel()

    assert await asyncio.wait_for(task, 5) is None
