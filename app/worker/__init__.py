"""The queue worker: take a job, run its service, then finish, retry or bury it; shuts down gracefully."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable

from app.container import Container
from app.domain.errors import TemporarilyUnavailable
from app.domain.jobs import ReportJob, SendJob
from app.domain.route_warnings import route_warnings
from app.logs import log
from app.services.parts.job_results import Completed, JobResult
from app.store.queue import Job, Queue
from app.worker.consumer import REDIS_RETRY_S, QueueConsumer, repeat
from app.worker.event_sender import EventSender
from app.worker.message_intake import MAX_TRIES, PAUSE_S, MessageIntake
from app.worker.queue_metrics import QueueMetrics
from app.worker.spending_metrics import SpendingMetrics

_REQUEUE_S = 0.25
_HEARTBEAT_S = 1.0
_METRICS_S = 5.0
_SPENDING_S = 15.0
PRICES_S = 60.0
"""Seconds between two reads of the prices that vendors report."""


async def run_worker(
    container: Container, *, slots: int, stop: asyncio.Event, on_heartbeat: Callable[[], None] = lambda: None
) -> None:
    """Process the queues until `stop` is set, then finish the jobs in progress or put them back.

    Sends run in as many slots as all gateways have, reports in their own `slots`, so that a hanging vendor does not
    block others. Messages without a code are taken while no code waits for a slot. `on_heartbeat` is called each
    second, once Redis has taken the heartbeat.
    """
    queue, deliver_message, name = container.queue, container.deliver_message, f"worker-{secrets.token_hex(4)}"

    async def send(job: Job) -> JobResult:
        return await deliver_message(SendJob.read(job.fields), by=job.origin, tries=job.tries)

    async def apply(job: Job) -> JobResult:
        return Completed(await container.apply_report(ReportJob.read(job.fields)))

    async def send_heartbeat() -> None:
        await queue.heartbeat(name, resting=deliver_message.resting)
        on_heartbeat()

    await _open_queue(queue, stop)
    log.info("worker_started", worker=name, gateways=", ".join(deliver_message.gateways), slots=slots)
    for warning in route_warnings(deliver_message.routes, deliver_message.gateways, deliver_message.apps):
        app = {"app": warning.app} if warning.app else {}
        log.warning(warning.problem, gateway=warning.gateway, countries=", ".join(warning.countries), **app)
    codes = QueueConsumer("sends", queue, send, name=name, slots=deliver_message.slots)
    throttles = deliver_message.throttles.values()
    intake = MessageIntake(throttles, clock=deliver_message.clock, has_room_for_codes=lambda: codes.is_waiting)
    messages = QueueConsumer(
        "messages", queue, send, name=name, slots=intake.slots, room=intake, pause=PAUSE_S, max_tries=MAX_TRIES
    )
    consumers = [codes, messages, QueueConsumer("reports", queue, apply, name=name, slots=slots)]
    event_sender = EventSender(container.deliver_event, container.store.notifier.subscribe())
    background_tasks = [
        asyncio.create_task(repeat(queue.requeue_due_jobs, _REQUEUE_S)),
        asyncio.create_task(repeat(queue.queue_scheduled, _REQUEUE_S)),
        asyncio.create_task(repeat(container.deliver_event.deliveries.queue_due, _REQUEUE_S)),
        asyncio.create_task(repeat(send_heartbeat, _HEARTBEAT_S)),
        asyncio.create_task(repeat(QueueMetrics(container), _METRICS_S)),
        asyncio.create_task(repeat(SpendingMetrics(container.spending, container.clock), _SPENDING_S)),
        asyncio.create_task(repeat(container.refresh_prices, PRICES_S)),
    ]
    await asyncio.gather(*(consumer.run(stop) for consumer in consumers), event_sender.run(stop))
    for task in background_tasks:
        task.cancel()
    await asyncio.gather(*background_tasks, return_exceptions=True)
    with contextlib.suppress(TemporarilyUnavailable):  # a stale consumer name does no harm
        await queue.unregister(name)
    log.info("worker_stopped", worker=name)


async def _open_queue(queue: Queue, stop: asyncio.Event) -> None:
    """Wait for Redis; a worker may start before it."""
    while not stop.is_set():
        try:
            await queue.open()
        except TemporarilyUnavailable as error:
            log.warning("redis_unavailable", redis=error.cause or "unknown")
            await asyncio.sleep(REDIS_RETRY_S)
        else:
            return
