"""Set the metric of what the day has cost."""

from collections.abc import Callable

from app.domain.prices import MILLION
from app.metrics.families import Measured
from app.metrics.table import SPEND
from app.services.read_spending import read_spending
from app.store.spending import Spending


class SpendingMetrics:
    """Reads Redis and sets the metric; every worker shows the same."""

    def __init__(self, spending: Spending, clock: Callable[[], float], metric: Measured = SPEND) -> None:
        self._spending = spending
        self._metric = metric
        self._clock = clock  # seconds since 1970
        self._shown: set[tuple[str, ...]] = set()

    async def __call__(self) -> None:
        """Set the metric; what a new day has not spent on yet becomes 0. Raises `TemporarilyUnavailable`."""
        totals: dict[tuple[str, ...], int] = {}
        for spent in await read_spending(self._spending, now=self._clock()):
            labels = self._metric.bounded(spent.app, spent.country)  # several apps may share one series
            totals[labels] = totals.get(labels, 0) + spent.cost
        for labels in self._shown - totals.keys():
            self._metric.set(0, *labels)
        for labels, cost in totals.items():
            self._metric.set(cost / MILLION, *labels)
        self._shown |= totals.keys()
