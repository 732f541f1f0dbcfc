"""The consumer of one queue: concurrency, claims, outcomes and shutdown."""

import asyncio
import contextlib
import time

import pytest

from app.domain.errors import TemporarilyUnavailable
from app.services.deliver_message import Completed, Retry
from app.worker.consumer import QueueConsumer, repeat
from tests.support.queues import job_owners
from tests.support.stores import on_the_engine
from tests.support.waiting import until


class Work:
    """A job handler that blocks until released, and records its jobs and their concurrency."""

    def __init__(self, *, is_released=True):
        self.started = []
        self.running = self.max_running = 0
        self.released = asyncio.Event()
        if is_released:
            self.released.set()

    async def __call__(self, job):
        self.started.append(job.fields["send"])
        self.running += 1
        self.max_running = max(self.max_running, self.running)
        try:
            await self.released.wait()
        finally:
            self.running -= 1
        return Completed("done")


class FailingQueue:
    """The real queue, except that its first takes raise the given errors."""

    def __init__(self, queue, *errors):
        self._queue = queue
        self._errors = list(errors)

    def __getattr__(self, name):
        return getattr(self._queue, name)

    async def take(self, *args, **kwargs):
        if self._errors:
            raise self._errors.pop(0)
        return await self._queue.take(*args, **kwargs)


@pytest.fixture
def start(container):
    """Run a consumer until the test ends or stops it."""
    stop = asyncio.Event()
    tasks = []

    def run(work, *, slots=10, queue=None, **changes):
        consumer = QueueConsumer("sends", queue or container.queue, work, name="w", slots=slots, **changes)
        tasks.append(asyncio.create_task(consumer.run(stop)))
        run.consumer = consumer
        return stop, tasks[0]

    return run


async def add_jobs(container, count):
    await container.queue.add("sends", [{"verification": "vf_1", "send": str(number)} for number in range(count)])


async def count_waiting(container):
    return (await container.health.snapshot()).waiting


async def test_consumer_completes_all_jobs(container, start):
    work = Work()
    stop, task = start(work)
    await add_jobs(container, 120)
    await until(lambda: len(work.started) == 120)
    stop.set()
    await task

    assert sorted(map(int, work.started)) == list(range(120))
    assert await count_waiting(container) == 0


async def test_jobs_in_progress_are_limited_to_the_slots(container, start, redis, key):
    work = Work(is_released=False)
    stop, task = start(work, slots=3)
    await add_jobs(container, 10)
    await until(lambda: len(work.started) == 3)
    assert len(await job_owners(redis, key)) == 3

    work.released.set()
    await until(lambda: len(work.started) == 10)
    stop.set()
    await task
    assert work.max_running == 3


async def test_consumer_with_all_slots_taken_waits_for_no_job(container, start):
    """Then codes may wait for it, and no message is taken."""
    work = Work(is_released=False)
    stop, task = start(work, slots=2)
    await until(lambda: start.consumer.is_waiting)
    await add_jobs(container, 3)
    await until(lambda: len(work.started) == 2)
    assert not start.consumer.is_waiting

    work.released.set()
    await until(lambda: len(work.started) == 3 and start.consumer.is_waiting)
    stop.set()
    await task


async def test_consumer_takes_as_many_jobs_as_there_is_room(container, start, redis, key):
    room, work = [3], Work()
    stop, task = start(work, room=lambda busy: room[0] - busy - len(work.started), pause=0.001)
    await add_jobs(container, 10)
    await until(lambda: len(work.started) == 3)
    assert await redis.xlen(key("sends_queue")) >= 7

    room[0] = 100
    await until(lambda: len(work.started) == 10)
    stop.set()
    await task


@on_the_engine
async def test_stopping_consumer_puts_unfinished_jobs_back_without_a_try(container, start):
    """It has `finish_s` seconds; production uses five, because orchestrators kill after ten."""
    work = Work(is_released=False)
    stop, task = start(work, finish_s=0.3)
    await add_jobs(container, 2)
    await until(lambda: len(work.started) == 2)

    started = time.monotonic()
    stop.set()
    await task

    assert 0.3 <= time.monotonic() - started < 5
    assert await container.queue.requeue_due_jobs() == 2
    jobs = await container.queue.take("sends", "other", most=10)
    assert [job.tries for job in jobs] == [0, 0]
    assert work.running == 0


@pytest.mark.parametrize("error", [TemporarilyUnavailable(), RuntimeError("a bug")], ids=["away", "bug"])
async def test_consumer_continues_after_take_fails(container, start, error):
    """A worker that runs but takes no jobs would go unnoticed."""
    work = Work()
    stop, task = start(work, queue=FailingQueue(container.queue, error))
    await add_jobs(container, 1)
    await until(lambda: work.started)
    stop.set()
    await task


async def test_job_stays_pending_if_its_outcome_cannot_be_recorded(container, start, redis, key):
    """It is claimed and run again: at least once, never lost."""

    async def work(job):
        raise TemporarilyUnavailable

    stop, task = start(work)
    await add_jobs(container, 1)
    await until(lambda: job_owners(redis, key))
    stop.set()
    await task

    assert list((await job_owners(redis, key)).values()) == ["w"]


async def test_retried_job_counts_its_tries(container, start, clock):
    tries = []

    async def work(job):
        tries.append(job.tries)
        return Retry("again", 500) if len(tries) < 3 else Completed("done")

    stop, task = start(work)
    await add_jobs(container, 1)
    for expected in (1, 2):
        await until(lambda: len(tries) == expected)  # noqa: B023  read before it changes
        clock.tick(seconds=1)
        await until(container.queue.requeue_due_jobs)
    await until(lambda: len(tries) == 3)
    stop.set()
    await task

    assert tries == [0, 1, 2]


async def test_repeat_continues_after_any_error():
    runs = []

    async def background_task():
        runs.append(1)
        raise TemporarilyUnavailable if len(runs) % 2 else RuntimeError("a bug")

    task = asyncio.create_task(repeat(background_task, 0))
    await until(lambda: len(runs) > 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert task.cancelled()


async def test_repeat_stops_if_the_function_swallows_the_cancellation():
    """`wait_for` of Python 3.11 may do so, which would delay a worker's shutdown."""
    started = asyncio.Event()

    async def background_task():
        started.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    task = asyncio.create_task(repeat(background_task, 3600))
    await started.wait()
    task.cancel()

    assert await asyncio.wait_for(task, 5) is None
