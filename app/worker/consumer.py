"""One queue being drained: jobs in hand, their holds, and what becomes of each."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from app.domain.errors import TemporarilyUnavailable
from app.logs import error_location, log
from app.services.deliver_message import Bury, Completed, JobResult, Retry
from app.store.queue import Job, Queue, Which

_RENEW_S = 1.0
_CLAIM_S = 0.5
REDIS_RETRY_S = 0.5
_STOP_CHECK_S = 1.0  # between two looks at whether to stop
_SHUTDOWN_S = 5.0
_MAX_BATCH = 50
_MAX_TRIES = 10
_MAX_DELIVERIES = 100  # so many workers let go of it, dead or cut off from Redis: it is not given to another
_BUG_WAIT_MS = 2000


class QueueConsumer:
    """Takes jobs of one queue and does them, `slots` at once."""

    def __init__(
        self,
        which: Which,
        queue: Queue,
        work: Callable[[Job], Awaitable[JobResult]],
        *,
        name: str,
        slots: int,
        finish_s: float = _SHUTDOWN_S,
    ) -> None:
        self._which = which
        self._queue = queue
        self._work = work
        self._name = name
        self._slots = slots
        self._finish_s = finish_s
        self._hands: dict[str, tuple[Job, asyncio.Task[None]]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then finish within `finish_s` what is in hand, and hand the rest back."""
        holding = asyncio.create_task(repeat(self._hold, _RENEW_S))
        claiming = asyncio.create_task(repeat(self._claim, _CLAIM_S))
        taking = asyncio.create_task(self._take_until(stop))
        await stop.wait()
        ends = time.monotonic() + self._finish_s  # the last read counts too: it may wait for a Redis that hangs
        claiming.cancel()
        await taking
        tasks = [task for _, task in self._hands.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=max(0, ends - time.monotonic()))
        await self._hand_back()
        holding.cancel()
        await asyncio.gather(holding, claiming, return_exceptions=True)

    async def _take_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            room = self._slots - len(self._hands)
            if room < 1:
                tasks = [task for _, task in self._hands.values()]
                await asyncio.wait(tasks, timeout=_STOP_CHECK_S, return_when=asyncio.FIRST_COMPLETED)
                continue
            try:
                jobs = await self._queue.take(self._which, self._name, most=min(room, _MAX_BATCH))
            except TemporarilyUnavailable:
                log.warning("redis_away", queue=self._which)
                await asyncio.sleep(REDIS_RETRY_S)
            except Exception as error:  # noqa: BLE001  who lives but takes no jobs would be missed by nobody
                log.error("bug", queue=self._which, **error_location(error))
                await asyncio.sleep(REDIS_RETRY_S)
            else:
                self._start(jobs)

    async def _claim(self) -> None:
        room = self._slots - len(self._hands)
        if room > 0:
            self._start(await self._queue.claim(self._which, self._name, most=min(room, _MAX_BATCH)))

    async def _hold(self) -> None:
        if self._hands:
            await self._queue.hold(self._which, self._name, list(self._hands))

    def _start(self, jobs: list[Job]) -> None:
        for job in jobs:
            if job.id not in self._hands:
                task = asyncio.create_task(self._do(job))
                self._hands[job.id] = (job, task)
                task.add_done_callback(partial(self._let_go, job.id))

    def _let_go(self, job_id: str, _: asyncio.Task[None]) -> None:
        self._hands.pop(job_id, None)

    async def _do(self, job: Job) -> None:
        """Do one job and record its end. When Redis is away the job stays its own and is claimed later."""
        started = time.perf_counter()
        try:
            step = await self._next(job)
            await self._settle(job, step)
        except TemporarilyUnavailable:
            step = Retry("redis_away", 0)
        ms = round((time.perf_counter() - started) * 1000, 2)
        log.info("job", queue=self._which, job=job.id, outcome=step.what, tries=job.tries, ms=ms, **_log_ids(job))

    async def _next(self, job: Job) -> JobResult:
        if job.deliveries > _MAX_DELIVERIES:
            return Bury("delivered_too_often")
        try:
            step = await self._work(job)
        except TemporarilyUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  a bug must not end the worker, nor lose the job
            log.error("bug", queue=self._which, job=job.id, **error_location(error))
            step = Retry("bug", _BUG_WAIT_MS)
        too_often = isinstance(step, Retry) and step.counts and job.tries + 1 >= _MAX_TRIES
        return Bury(step.what) if too_often else step

    async def _settle(self, job: Job, step: JobResult) -> None:
        match step:
            case Completed():
                await self._queue.finish(job)
            case Retry(_, wait_ms, counts):
                await self._queue.put_back(job, wait_ms=wait_ms, tried=counts)
            case Bury(what):
                await self._queue.bury(job, why=what)

    async def _hand_back(self) -> None:
        """Stop what still runs and give its jobs to whoever comes next; what Redis does not take is claimed later."""
        hands = list(self._hands.values())
        for _, task in hands:
            task.cancel()
        await asyncio.gather(*(task for _, task in hands), return_exceptions=True)
        back = [self._queue.put_back(job, wait_ms=0, tried=False) for job, _ in hands]
        if any(isinstance(said, BaseException) for said in await asyncio.gather(*back, return_exceptions=True)):
            log.warning("redis_away", queue=self._which)


async def repeat(act: Callable[[], Awaitable[object]], every: float) -> None:
    """Do something again and again, whatever it raises, until it is canceled; `every` is seconds."""
    me = asyncio.current_task()
    while True:
        try:
            await act()
        except TemporarilyUnavailable:
            log.warning("redis_away")
        except Exception as error:  # noqa: BLE001  a chore that fails once must be tried again
            log.error("bug", **error_location(error))
        if me and me.cancelling():  # wait_for of Python 3.11 swallows a cancellation that meets a result
            return
        await asyncio.sleep(every)


def _log_ids(job: Job) -> dict[str, str]:
    """Pick what a log line may name."""
    return {name: job.fields[name] for name in ("verification", "send", "gateway", "reference") if job.fields.get(name)}
