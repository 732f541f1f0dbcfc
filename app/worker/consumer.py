"""The consumer of one queue: takes jobs, renews their claims, and records their outcomes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from app.domain.errors import TemporarilyUnavailable
from app.domain.jobs import UnreadableJob
from app.logs import LogContext, log
from app.services.parts.job_results import Bury, Completed, JobResult, Retry
from app.store.queue import Job, Queue, QueueName

_RENEW_S = 1.0
_CLAIM_S = 0.5
REDIS_RETRY_S = 0.5
_STOP_CHECK_S = 1.0  # between two checks whether to stop
_SHUTDOWN_S = 5.0
_MAX_BATCH = 50
_MAX_TRIES = 20  # with the waits of a send, longer than any code lives
_MAX_DELIVERIES = 100  # to workers that died or lost Redis; the next delivery buries the job
_BUG_WAIT_MS = 2000
_REST_FOR_LATE = 4  # of a consumer that pauses: so many times as long as the event loop was late
_LONGEST_REST_S = 1.0
_LOGGED_FIELDS = ("request_id", "traceparent", "verification", "message", "send", "gateway", "reference")


class QueueConsumer:
    """Takes jobs of one queue and runs up to `slots` of them concurrently."""

    def __init__(
        self,
        which: QueueName,
        queue: Queue,
        handler: Callable[[Job], Awaitable[JobResult]],
        *,
        name: str,
        slots: int,
        finish_s: float = _SHUTDOWN_S,
        room: Callable[[int], int] | None = None,
        pause: float = 0.0,
        max_tries: int = _MAX_TRIES,
    ) -> None:
        """`room` returns how many more jobs to take, from how many are in progress; by default all slots are used.

        `pause` is the seconds between two batches, and between two looks whether there is room. After `max_tries`
        a job that fails is buried.
        """
        self._which = which
        self._queue = queue
        self._handler = handler
        self._name = name
        self._finish_s = finish_s
        self._room = room or (lambda busy: slots - busy)
        self._pause = pause
        self._max_tries = max_tries
        self._is_waiting = False
        self._in_progress: dict[str, tuple[Job, asyncio.Task[None]]] = {}

    @property
    def is_waiting(self) -> bool:
        """Return whether it has a free slot and waits for a job, so that none waits for it."""
        return self._is_waiting

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop` is set; then finish jobs in progress within `finish_s` seconds and put the rest back."""
        renewing = asyncio.create_task(repeat(self._renew_claims, _RENEW_S))
        claiming = asyncio.create_task(repeat(self._claim, _CLAIM_S))
        taking = asyncio.create_task(self._take_jobs(stop))
        await stop.wait()
        deadline = time.monotonic() + self._finish_s  # includes the last read, which a hanging Redis may delay
        claiming.cancel()
        await taking
        tasks = [task for _, task in self._in_progress.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=max(0, deadline - time.monotonic()))
        await self._release()
        renewing.cancel()
        await asyncio.gather(renewing, claiming, return_exceptions=True)

    async def _take_jobs(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            room = self._room(len(self._in_progress))
            if room < 1:
                await self._wait_for_room()
                continue
            self._is_waiting = True
            try:
                jobs = await self._queue.take(self._which, self._name, most=min(room, _MAX_BATCH))
            except TemporarilyUnavailable as error:
                log.warning("redis_unavailable", queue=self._which, redis=error.cause or "unknown")
                await asyncio.sleep(REDIS_RETRY_S)
            except Exception:  # noqa: BLE001  a worker that runs but takes no jobs would go unnoticed
                log.exception("bug", queue=self._which)
                await asyncio.sleep(REDIS_RETRY_S)
            else:
                self._start(jobs)
                await self._rest(jobs)
            finally:
                self._is_waiting = False

    async def _wait_for_room(self) -> None:
        if self._pause:
            await asyncio.sleep(self._pause)
            return
        tasks = [task for _, task in self._in_progress.values()]
        await asyncio.wait(tasks, timeout=_STOP_CHECK_S, return_when=asyncio.FIRST_COMPLETED)

    async def _rest(self, jobs: list[Job]) -> None:
        """Pause after a batch; for longer where the event loop is late, because then other jobs wait for it."""
        if not (self._pause and jobs):
            return
        started = time.monotonic()
        await asyncio.sleep(self._pause)
        late = time.monotonic() - started - self._pause
        await asyncio.sleep(min(late * _REST_FOR_LATE, _LONGEST_REST_S))

    async def _claim(self) -> None:
        room = self._room(len(self._in_progress))
        if room > 0:
            self._start(await self._queue.claim(self._which, self._name, most=min(room, _MAX_BATCH)))

    async def _renew_claims(self) -> None:
        if self._in_progress:
            await self._queue.hold(self._which, self._name, list(self._in_progress))

    def _start(self, jobs: list[Job]) -> None:
        for job in jobs:
            if job.id not in self._in_progress:
                task = asyncio.create_task(self._process(job))
                self._in_progress[job.id] = (job, task)
                task.add_done_callback(partial(self._forget, job.id))

    def _forget(self, job_id: str, _: asyncio.Task[None]) -> None:
        self._in_progress.pop(job_id, None)

    async def _process(self, job: Job) -> None:
        """Run one job and record its outcome. If Redis is unavailable, the job stays pending and is claimed later."""
        with LogContext(queue=self._which, job=job.id, **_log_ids(job)):
            started = time.perf_counter()
            try:
                job_result = await self._run_job(job)
                await self._record_outcome(job, job_result)
            except TemporarilyUnavailable:
                job_result = Retry("redis_unavailable", 0)
            ms = round((time.perf_counter() - started) * 1000, 2)
            # What was given up reaches no phone unless an operator acts.
            write = log.error if isinstance(job_result, Bury) else log.info
            write("job", outcome=job_result.what, tries=job.tries, ms=ms)

    async def _run_job(self, job: Job) -> JobResult:
        if job.deliveries > _MAX_DELIVERIES:
            return Bury("delivered_too_often")
        try:
            job_result = await self._handler(job)
        except TemporarilyUnavailable:
            raise
        except UnreadableJob:
            return Bury("unreadable_job")
        except Exception:  # noqa: BLE001  a bug must not end the worker, nor lose the job
            log.exception("bug")
            job_result = Retry("bug", _BUG_WAIT_MS)
        too_often = isinstance(job_result, Retry) and job_result.counts and job.tries + 1 >= self._max_tries
        return Bury(job_result.what) if too_often else job_result

    async def _record_outcome(self, job: Job, job_result: JobResult) -> None:
        match job_result:
            case Completed():
                await self._queue.finish(job)
            case Retry(_, wait_ms, counts):
                await self._queue.put_back(job, wait_ms=wait_ms, tried=counts)
            case Bury(what):
                await self._queue.bury(job, why=what)

    async def _release(self) -> None:
        """Cancel running jobs and put them back; jobs that Redis does not accept are claimed later."""
        in_progress = list(self._in_progress.values())
        for _, task in in_progress:
            task.cancel()
        await asyncio.gather(*(task for _, task in in_progress), return_exceptions=True)
        put_backs = [self._queue.put_back(job, wait_ms=0, tried=False) for job, _ in in_progress]
        ends = await asyncio.gather(*put_backs, return_exceptions=True)
        if errors := [end for end in ends if isinstance(end, BaseException)]:
            log.warning("redis_unavailable", queue=self._which, redis=getattr(errors[0], "cause", "") or "unknown")


async def repeat(function: Callable[[], Awaitable[object]], every: float) -> None:
    """Call a function repeatedly, whatever it raises, until cancelled; `every` is seconds."""
    current_task = asyncio.current_task()
    while True:
        try:
            await function()
        except TemporarilyUnavailable as error:
            log.warning("redis_unavailable", redis=error.cause or "unknown")
        except Exception:  # noqa: BLE001  a background task that fails once must run again
            log.exception("bug")
        if current_task and current_task.cancelling():  # wait_for of Python 3.11 may swallow a cancellation
            return
        await asyncio.sleep(every)


def _log_ids(job: Job) -> dict[str, str]:
    """Return the fields of a job that may be logged."""
    return {name: job.fields[name] for name in _LOGGED_FIELDS if job.fields.get(name)}
