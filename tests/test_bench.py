"""The benchmarks run: their goals are compared, the servers they compare answer, and their layers cover the app.

A smoke run; nothing here is timed.
"""

import pkgutil
from importlib import import_module
from importlib.util import find_spec

import pytest

import app
from tests.bench import baseline_compare
from tests.bench.__main__ import BENCHES
from tests.bench.results import Measurement
from tests.bench.sampler import LAYERS, OTHER, layer_of

LOOP = ["asyncio.runners", "uvicorn.server", "app.cli.serve"]  # the bottom of every stack


@pytest.mark.parametrize(
    ("median", "goals", "mark"),
    [
        (1.1, {"goal": 1.1}, "✓"),
        (1.101, {"goal": 1.1}, "✗"),
        (0.5, {"goal": 1.1}, "✓"),
        (1.0, {"least": 1.0}, "✓"),
        (0.999, {"least": 1.0}, "✗"),
        (7.0, {"least": 1.0}, "✓"),
        (2.0, {"least": 1.0, "goal": 3.0}, "✓"),
        (4.0, {"least": 1.0, "goal": 3.0}, "✗"),
        (4.0, {}, "·"),
    ],
)
def test_measurement_is_compared_with_its_goals(median, goals, mark):
    measurement = Measurement("it", "", [median - 0.5, median, median + 0.5], **goals)

    assert str(measurement).startswith(f"{mark} it: {median:.4g} ")
    assert measurement.is_missed is (mark == "✗")
    assert measurement.as_json()["met"] == {"✓": True, "✗": False, "·": None}[mark]


def test_every_listed_benchmark_has_a_measure_function():
    for name in BENCHES:
        assert callable(import_module(f"tests.bench.{name}").measure)


async def test_service_and_baselines_answer_every_kind_of_call(engine_url):
    """The submitted codes are really correct or wrong; otherwise a response would have an unexpected status."""
    async with baseline_compare.open_bench(engine_url) as bench:
        measurements = [
            one for kind in baseline_compare.GOOD for one in await bench.saturated(kind, rounds=1, calls=20)
        ]

    assert [(one.name, one.least) for one in measurements[:2]] == [
        ("request-code by a browser: throughput, ours / bare fastapi", 1),
        ("request-code by a browser: throughput, ours / bare starlette", None),
    ]
    assert len(measurements) == 8


def test_every_app_module_has_a_layer():
    """The time of a new module must not be counted as `other`."""
    modules = [module.name for module in pkgutil.walk_packages(app.__path__, "app.")]

    assert [module for module in modules if layer_of([module, *LOOP]) == OTHER] == []


def test_every_app_module_in_the_layer_table_exists():
    """A stale name would assign the time of its module to another layer."""
    assert [name for name in LAYERS if name.startswith("app.") and find_spec(name) is None] == []
