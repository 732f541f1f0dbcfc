"""Metrics with labels, whose series are kept: looking one up by its labels takes four times as long as counting.

No label holds anything personal, and each has few values: routes are templates, and apps beyond the first 50 share one
series.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # one more series for each, which nothing reads
REGISTRY = CollectorRegistry(auto_describe=True)
"""All metrics of this process."""
ProcessCollector(registry=REGISTRY)  # memory, processor time and open files

MAX_APPS = 50
OTHER = "other"
"""The app of the series that further apps share."""

_Metric = TypeVar("_Metric", Counter, Gauge, Histogram)


@dataclass(slots=True)
class Family(Generic[_Metric]):
    """One metric and its series, by the values of its labels."""

    metric: _Metric
    name: str
    meaning: str
    labels: Sequence[str]
    _series: dict[tuple[str, ...], Any] = field(default_factory=dict)
    _apps: set[str] = field(default_factory=set)

    def __getitem__(self, values: tuple[str, ...]) -> Any:  # noqa: ANN401  the library's series have no common type
        """Return the series of these values, in the order of the labels."""
        try:
            return self._series[values]
        except KeyError:
            series = self._series[values] = self.metric.labels(*self.bounded(*values)) if values else self.metric
            return series

    def bounded(self, *values: str) -> tuple[str, ...]:
        """Return the labels of the series of these values, in which an app beyond the first `MAX_APPS` is replaced."""
        bounded = list(values)
        if "app" in self.labels:
            at = self.labels.index("app")
            if len(self._apps) >= MAX_APPS and bounded[at] not in self._apps:
                bounded[at] = OTHER
            self._apps.add(bounded[at])
        return tuple(bounded)


class Counted(Family[Counter]):
    """A number that only grows."""

    def __init__(self, name: str, meaning: str, *labels: str) -> None:
        super().__init__(Counter(name, meaning, labels, registry=REGISTRY), name, meaning, labels)

    def count(self, *values: str) -> None:
        """Count one in the series of these values."""
        self[values].inc()


class Measured(Family[Gauge]):
    """A number that goes up and down."""

    def __init__(self, name: str, meaning: str, *labels: str) -> None:
        super().__init__(Gauge(name, meaning, labels, registry=REGISTRY), name, meaning, labels)

    def set(self, value: float, *values: str) -> None:
        """Set the series of these values."""
        self[values].set(value)


class Timed(Family[Histogram]):
    """How long something took, in seconds."""

    def __init__(self, name: str, meaning: str, *labels: str, buckets: Sequence[float]) -> None:
        super().__init__(Histogram(name, meaning, labels, registry=REGISTRY, buckets=buckets), name, meaning, labels)

    def observe(self, seconds: float, *values: str) -> None:
        """Count one duration in the series of these values."""
        self[values].observe(seconds)
