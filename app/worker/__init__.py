"""The queue process: take a job, run an act, finish, put back or bury; stops gently."""

import asyncio
import contextlib
import secrets

from app.domain.errors import TemporarilyUnavailable
from app.domain.jobs import ReportJob, SendJob
from app.logs import log
from app.services.apply_report import report
from app.services.deliver_message import Desk, Done, Next, dispatch
from app.store.queue import Job, Queue
from app.worker.consumer import AWAY_S, Line, repeat

_WAKE_S = 0.25
_LIFE_S = 1.0


async def run_worker(queue: Queue, desk: Desk, *, slots: int, stop: asyncio.Event) -> None:
    """Drain the queues until `stop` is set, then finish what is in hand or hand it back.

    Sends have room for the slots of all gateways, reports have `slots` of their own, so that a vendor that hangs is in
    nobody else's way.
    """
    name = f"worker-{secrets.token_hex(4)}"

    async def send(job: Job) -> Next:
        return await dispatch(SendJob.read(job.fields), by=job.origin, tries=job.tries, desk=desk)

    async def apply(job: Job) -> Next:
        told = ReportJob.read(job.fields)
        return Done(await report(told, messages=desk.messages, has_others=len(desk.gateways) > 1))

    await _open(queue, stop)
    log.info("worker_started", worker=name, gateways=", ".join(desk.gateways), slots=slots)
    lines = [
        Line("sends", queue, send, name=name, slots=sum(gate.slots for gate in desk.gates.values())),
        Line("reports", queue, apply, name=name, slots=slots),
    ]
    chores = [
        asyncio.create_task(repeat(queue.wake, _WAKE_S)),
        asyncio.create_task(repeat(lambda: queue.show_life(name), _LIFE_S)),
    ]
    await asyncio.gather(*(line.run(stop) for line in lines))
    for chore in chores:
        chore.cancel()
    await asyncio.gather(*chores, return_exceptions=True)
    with contextlib.suppress(TemporarilyUnavailable):  # a name that stays does no harm
        await queue.leave(name)
    log.info("worker_stopped", worker=name)


async def _open(queue: Queue, stop: asyncio.Event) -> None:
    """Wait for Redis; a worker that starts before it is no error."""
    while not stop.is_set():
        try:
            await queue.open()
        except TemporarilyUnavailable:
            log.warning("redis_away")
            await asyncio.sleep(AWAY_S)
        else:
            return
