"""Benchmark results: a measurement, its goals and its output."""

import statistics
from dataclasses import dataclass, field
from math import ceil


@dataclass(frozen=True)
class Measurement:
    """A value that was measured several times; `unit` is "" for a ratio.

    `goal` is the maximum of its median, `least` the minimum.
    """

    name: str
    unit: str
    values: list[float]
    goal: float | None = None
    also: dict[str, object] = field(default_factory=dict)
    least: float | None = None

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def is_missed(self):
        median = round(self.median, 3)
        is_over = self.goal is not None and median > self.goal
        is_under = self.least is not None and median < self.least
        return is_over or is_under

    @property
    def quartiles(self):
        if len(self.values) == 1:
            return self.values * 2
        return statistics.quantiles(self.values, n=4, method="inclusive")[::2]  # never outside the measured values

    @property
    def goals(self):
        """Return the bounds by name; empty without a goal."""
        bounds = {"least": self.least, "most": self.goal}
        return {word: bound for word, bound in bounds.items() if bound is not None}

    def __str__(self):
        mark = "✗" if self.is_missed else "✓" if self.goals else "·"
        low, high = self.quartiles
        goal = "".join(f"; goal {_SIGNS[word]} {bound:g}" for word, bound in self.goals.items())
        value = f"{self.median:.4g} {self.unit}".strip()
        lines = [f"{mark} {self.name}: {value} (quartiles {low:.4g} to {high:.4g}{goal})"]
        return "\n".join([*lines, *(f"  {name}: {value}" for name, value in self.also.items())])

    def as_json(self):
        """Return the entry for bench.json."""
        return {
            "name": self.name,
            "unit": self.unit,
            "median": round(self.median, 3),
            "quartiles": [round(value, 3) for value in self.quartiles],
            "goal": self.goals or None,
            "met": not self.is_missed if self.goals else None,
            "also": self.also,
        }


_SIGNS = {"least": "≥", "most": "≤"}


def broken_entry(name):
    """Return the bench.json entry, in the same shape, of a benchmark that failed."""
    return {"name": name, "unit": "", "median": None, "quartiles": None, "goal": None, "met": False, "also": {}}


def percentile(values, percent):
    """Return the value that `percent` percent of the values do not exceed."""
    return sorted(values)[ceil(len(values) * percent / 100) - 1]
