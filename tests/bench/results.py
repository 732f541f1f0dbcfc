"""What a benchmark found, and how it is told."""

import statistics
from dataclasses import dataclass, field
from math import ceil


@dataclass(frozen=True)
class Found:
    """One figure, measured many times; `goal` is the most that its median may be, `unit` is "" for a ratio."""

    name: str
    unit: str
    values: list[float]
    goal: float | None = None
    also: dict[str, object] = field(default_factory=dict)

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def is_missed(self):
        return self.goal is not None and round(self.median, 3) > self.goal

    @property
    def quartiles(self):
        return statistics.quantiles(self.values, n=4)[::2]

    def __str__(self):
        sign = "·" if self.goal is None else "✗" if self.is_missed else "✓"
        low, high = self.quartiles
        goal = "" if self.goal is None else f"; goal ≤ {self.goal:g}"
        figure = f"{self.median:.4g} {self.unit}".strip()
        lines = [f"{sign} {self.name}: {figure} (quartiles {low:.4g} to {high:.4g}{goal})"]
        return "\n".join([*lines, *(f"  {name}: {value}" for name, value in self.also.items())])

    def as_json(self):
        """Write it for bench.json."""
        told = {"name": self.name, "unit": self.unit, "median": round(self.median, 3)}
        spread = [round(value, 3) for value in self.quartiles]
        return {**told, "quartiles": spread, "goal": self.goal, **self.also}


def percentile(values, percent):
    """Give what so many percent of the values do not exceed."""
    return sorted(values)[ceil(len(values) * percent / 100) - 1]
