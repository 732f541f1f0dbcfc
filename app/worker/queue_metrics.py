"""Set the metrics that no event changes: waiting jobs, their age, the dead letters, and the gateways that rest."""

from app.container import Container
from app.metrics.table import DEAD_LETTERS, GATEWAY_RESTING, QUEUE_JOBS, QUEUE_OLDEST
from app.store.queue import QUEUES


class QueueMetrics:
    """Reads Redis and sets the metrics; every worker shows the same queues, and its own view of the gateways."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._counted: int | None = None  # dead letters at the last count; one adds a letter, or an operator drops one

    async def __call__(self) -> None:
        """Set the metrics; raises `TemporarilyUnavailable`."""
        resting = set(self._container.deliver_message.resting)
        for gateway in self._container.deliver_message.gateways:
            GATEWAY_RESTING.set(gateway in resting, gateway)
        snapshot = await self._container.health.snapshot()
        for queue, jobs in snapshot.jobs.items():
            QUEUE_JOBS.set(jobs, queue)
        for queue, seconds in snapshot.oldest.items():
            QUEUE_OLDEST.set(seconds, queue)
        if snapshot.dead != self._counted:
            by_queue = await self._container.dead_letters.count()
            for queue in QUEUES:
                DEAD_LETTERS.set(by_queue.get(queue, 0), queue)
            self._counted = snapshot.dead
