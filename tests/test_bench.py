"""The benchmark runner: goals, output, failures and baseline servers. Nothing here is timed."""

import json
from importlib import import_module

import pytest
from httpx import ASGITransport, AsyncClient
from redis.asyncio import Redis

from app.api.responses import ApprovedResponse, PendingResponse
from tests.bench import baseline_compare
from tests.bench.__main__ import BENCHES, machine_facts, main, run_all
from tests.bench.bare import BARE
from tests.bench.results import Measurement, broken_entry


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


def test_measurement_prints_its_goals_and_details():
    measurement = Measurement("it", "ms", [2.0, 2.0], goal=3, least=1, also={"calls/s": 7})

    assert str(measurement) == "✓ it: 2 ms (quartiles 2 to 2; goal ≥ 1; goal ≤ 3)\n  calls/s: 7"


def test_quartiles_of_one_value_are_that_value():
    assert Measurement("it", "", [3.0]).as_json()["quartiles"] == [3.0, 3.0]


def test_every_bench_json_entry_has_the_same_keys():
    """A failed benchmark has an entry too: without it, it would look as if it had not been run."""
    plain = Measurement("it", "/s", [1, 2, 3]).as_json()
    with_goal = Measurement("it", "", [1, 2, 3], least=1).as_json()
    broken = broken_entry("it")

    assert list(plain) == list(with_goal) == list(broken)
    assert plain | {"also": {}} == {
        "name": "it",
        "unit": "/s",
        "median": 2,
        "quartiles": [1.5, 2.5],
        "goal": None,
        "met": None,
        "also": {},
    }
    assert (with_goal["goal"], with_goal["met"], broken["met"]) == ({"least": 1}, True, False)


def test_failed_benchmark_is_reported_and_the_others_run(tmp_path, capsys):
    """These two modules have no `measure` function, so both fail."""
    path = tmp_path / "bench.json"

    assert run_all(["calls", "load"], path) is False
    assert [(entry["name"], entry["met"]) for entry in json.loads(path.read_text())] == [
        ("calls", False),
        ("load", False),
    ]
    output = capsys.readouterr()
    assert [line[:9] for line in output.out.splitlines()] == ["✗ calls: ", "✗ load: f"]
    assert output.err.count("AttributeError") == 2


def test_every_listed_benchmark_has_a_measure_function():
    for name in BENCHES:
        assert callable(import_module(f"tests.bench.{name}").measure)


def test_unknown_benchmark_is_refused():
    with pytest.raises(SystemExit, match=r"There is no benchmark florrs\. There are baseline_compare, "):
        main(["florrs"])


def test_machine_facts_are_complete(engine_url):
    assert set(machine_facts(engine_url)) == {"python", "system", "cpus", "redis"}
    assert all(machine_facts(engine_url).values())


@pytest.mark.parametrize("kind", BARE)
async def test_bare_route_answers_in_the_same_shape_with_one_script(kind, engine_url, tag):
    """The service is compared with it, so it must do exactly this much."""
    async with Redis.from_url(engine_url) as redis:
        app = BARE[kind](redis, tag)
        async with (
            app.router.lifespan_context(app),
            AsyncClient(transport=ASGITransport(app), base_url="http://bare") as client,
        ):
            before = await _evalsha_calls(redis)
            requested = await client.post("/v1/request-code", json={"phone_number": "+31612345678"})
            id = requested.json()["verification_id"]
            checked = await client.post("/v1/verify-code", json={"verification_id": id, "code": "123456"})
            calls = await _evalsha_calls(redis) - before

    assert (requested.status_code, set(requested.json())) == (202, set(PendingResponse.model_fields))
    assert (checked.status_code, set(checked.json())) == (200, set(ApprovedResponse.model_fields))
    assert calls == 2


async def _evalsha_calls(redis):
    stats = await redis.info("commandstats")
    return stats.get("cmdstat_evalsha", {"calls": 0})["calls"]


async def test_bare_fastapi_validates_the_body(engine_url, tag):
    async with Redis.from_url(engine_url) as redis:
        transport = ASGITransport(BARE["fastapi"](redis, tag))
        async with AsyncClient(transport=transport, base_url="http://bare") as client:
            answers = [await client.post("/v1/request-code", json=body) for body in ({}, {"phone_number": 31612345678})]

    assert [answer.status_code for answer in answers] == [422, 422]


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
