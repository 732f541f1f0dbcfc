"""The benchmark tells what it found, and holds ours against what it says. Nothing here is timed."""

import json
from importlib import import_module

import pytest
from httpx import ASGITransport, AsyncClient
from redis.asyncio import Redis

from app.api.responses import ApprovedResponse, PendingResponse
from tests.bench import baseline_compare
from tests.bench.__main__ import BENCHES, facts, main, run_all
from tests.bench.bare import BARE
from tests.bench.results import Found, tell_broken


@pytest.mark.parametrize(
    ("median", "goals", "sign"),
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
def test_a_figure_is_held_to_its_goals(median, goals, sign):
    found = Found("it", "", [median - 0.5, median, median + 0.5], **goals)

    assert str(found).startswith(f"{sign} it: {median:.4g} ")
    assert found.is_missed is (sign == "✗")
    assert found.as_json()["met"] == {"✓": True, "✗": False, "·": None}[sign]


def test_a_figure_names_its_goals_and_what_else_was_seen():
    found = Found("it", "ms", [2.0, 2.0], goal=3, least=1, also={"calls/s": 7})

    assert str(found) == "✓ it: 2 ms (quartiles 2 to 2; goal ≥ 1; goal ≤ 3)\n  calls/s: 7"


def test_one_value_is_its_own_spread():
    assert Found("it", "", [3.0]).as_json()["quartiles"] == [3.0, 3.0]


def test_every_entry_of_the_file_has_the_same_shape():
    """A benchmark that broke stands there too: one that is left out would look like one that nobody ran."""
    plain = Found("it", "/s", [1, 2, 3]).as_json()
    held = Found("it", "", [1, 2, 3], least=1).as_json()
    broken = tell_broken("it")

    assert list(plain) == list(held) == list(broken)
    assert plain | {"also": {}} == {
        "name": "it",
        "unit": "/s",
        "median": 2,
        "quartiles": [1.5, 2.5],
        "goal": None,
        "met": None,
        "also": {},
    }
    assert (held["goal"], held["met"], broken["met"]) == ({"least": 1}, True, False)


def test_a_benchmark_that_breaks_is_told_and_hides_no_other(tmp_path, capsys):
    """These two modules measure nothing, so that both break."""
    path = tmp_path / "bench.json"

    assert run_all(["calls", "load"], path) is False
    assert [(entry["name"], entry["met"]) for entry in json.loads(path.read_text())] == [
        ("calls", False),
        ("load", False),
    ]
    said = capsys.readouterr()
    assert [line[:9] for line in said.out.splitlines()] == ["✗ calls: ", "✗ load: i"]
    assert said.err.count("AttributeError") == 2


def test_every_benchmark_that_is_named_is_there():
    for name in BENCHES:
        assert callable(import_module(f"tests.bench.{name}").measure)


def test_a_benchmark_that_is_not_there_is_refused():
    with pytest.raises(SystemExit, match=r"There is no benchmark florrs\. There are baseline_compare, "):
        main(["florrs"])


def test_the_machine_is_told(engine_url):
    assert set(facts(engine_url)) == {"python", "system", "cpus", "redis"}
    assert all(facts(engine_url).values())


@pytest.mark.parametrize("kind", BARE)
async def test_a_bare_route_answers_in_the_shape_of_ours_by_one_script(kind, engine_url, tag):
    """It is what ours is held against, so it must do as much as it says, and no more."""
    async with Redis.from_url(engine_url) as redis:
        app = BARE[kind](redis, tag)
        async with (
            app.router.lifespan_context(app),
            AsyncClient(transport=ASGITransport(app), base_url="http://bare") as client,
        ):
            before = await _evalsha_calls(redis)
            asked = await client.post("/v1/request-code", json={"phone_number": "+31612345678"})
            id = asked.json()["verification_id"]
            checked = await client.post("/v1/verify-code", json={"verification_id": id, "code": "123456"})
            calls = await _evalsha_calls(redis) - before

    assert (asked.status_code, set(asked.json())) == (202, set(PendingResponse.model_fields))
    assert (checked.status_code, set(checked.json())) == (200, set(ApprovedResponse.model_fields))
    assert calls == 2


async def _evalsha_calls(redis):
    stats = await redis.info("commandstats")
    return stats.get("cmdstat_evalsha", {"calls": 0})["calls"]


async def test_the_bare_fastapi_validates_the_body(engine_url, tag):
    async with Redis.from_url(engine_url) as redis:
        transport = ASGITransport(BARE["fastapi"](redis, tag))
        async with AsyncClient(transport=transport, base_url="http://bare") as client:
            answers = [await client.post("/v1/request-code", json=body) for body in ({}, {"phone_number": 31612345678})]

    assert [answer.status_code for answer in answers] == [422, 422]


async def test_ours_and_the_floors_answer_every_kind_of_call(engine_url):
    """The codes that are checked are really right, or really wrong; else a call would be answered otherwise."""
    async with baseline_compare.open_bench(engine_url) as bench:
        found = [one for kind in baseline_compare.GOOD for one in await bench.saturated(kind, rounds=1, calls=20)]

    assert [(one.name, one.least) for one in found[:2]] == [
        ("request-code by a browser: throughput, ours / bare fastapi", 1),
        ("request-code by a browser: throughput, ours / bare starlette", None),
    ]
    assert len(found) == 8
