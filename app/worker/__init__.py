"""The queue process: take a job, run an act, finish, put back or bury; stops gently."""

import asyncio
import contextlib
import secrets

from app.domain.errors import TemporarilyUnavailable
from app.domain.jobs import ReportJob, SendJob
from app.logs import log
from app.services.apply_report import apply_report
from app.services.deliver_message import Completed, DeliveryContext, JobResult, deliver_message
from app.store.queue import Job, Queue
from app.worker.consumer import REDIS_RETRY_S, QueueConsumer, repeat

_REQUEUE_S = 0.25
_HEARTBEAT_S = 1.0


async def run_worker(queue: Queue, delivery: DeliveryContext, *, slots: int, stop: asyncio.Event) -> None:
    """Drain the queues until `stop` is set, then finish what is in hand or hand it back.

    Sends have room for the slots of all gateways, reports have `slots` of their own, so that a vendor that hangs is in
    nobody else's way.
    """
    name = f"worker-{secrets.token_hex(4)}"

    async def send(job: Job) -> JobResult:
        return await deliver_message(SendJob.read(job.fields), by=job.origin, tries=job.tries, delivery=delivery)

    async def apply(job: Job) -> JobResult:
        told = ReportJob.read(job.fields)
        return Completed(await apply_report(told, messages=delivery.messages, has_others=len(delivery.gateways) > 1))

    await _open_queue(queue, stop)
    log.info("worker_started", worker=name, gateways=", ".join(delivery.gateways), slots=slots)
    lines = [
        QueueConsumer(
            "sends", queue, send, name=name, slots=sum(throttle.slots for throttle in delivery.throttles.values())
        ),
        QueueConsumer("reports", queue, apply, name=name, slots=slots),
    ]
    chores = [
        asyncio.create_task(repeat(queue.wake, _REQUEUE_S)),
        asyncio.create_task(repeat(lambda: queue.heartbeat(name), _HEARTBEAT_S)),
    ]
    await asyncio.gather(*(line.run(stop) for line in lines))
    for chore in chores:
        chore.cancel()
    await asyncio.gather(*chores, return_exceptions=True)
    with contextlib.suppress(TemporarilyUnavailable):  # a name that stays does no harm
        await queue.leave(name)
    log.info("worker_stopped", worker=name)


async def _open_queue(queue: Queue, stop: asyncio.Event) -> None:
    """Wait for Redis; a worker that starts before it is no error."""
    while not stop.is_set():
        try:
            await queue.open()
        except TemporarilyUnavailable:
            log.warning("redis_away")
            await asyncio.sleep(REDIS_RETRY_S)
        else:
            return
