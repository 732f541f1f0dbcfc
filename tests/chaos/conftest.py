"""Fixtures of the chaos suite: it runs with `-m chaos` only, and writes a table of what each scenario measured."""

import os
import random
from contextlib import asynccontextmanager

import pytest

from tests.chaos.report import Row, write_row
from tests.chaos.scenario import MAX_RECOVERY_S, run_scenario
from tests.support.redis_topologies import Server
from tests.support.waiting import until

DURABLE = ("appendonly yes", "appendfsync everysec")
_FEWEST_LOGINS = 50


@pytest.fixture(autouse=True)
def only_when_selected(request):
    if request.node.get_closest_marker("chaos") and request.config.option.markexpr != "chaos":
        pytest.skip("a long run on real processes; run it with `pytest -m chaos`")


@pytest.fixture(scope="session")
def seed():
    """The seed of every random choice; a run is repeated with CHAOS_SEED."""
    return int(os.environ.get("CHAOS_SEED", "1"))


@pytest.fixture(scope="session")
def soak_seconds():
    return float(os.environ.get("CHAOS_SECONDS", "120"))


@pytest.fixture
async def redis_server(tmp_path, request):
    """A server with an append-only file, or with the lines of configuration that are the test's parameter."""
    server = Server(tmp_path, *getattr(request, "param", DURABLE))
    try:
        await until(server.is_up, within=60)
        yield server
    finally:
        server.resume()
        server.kill()


@pytest.fixture
def run(request, seed, tmp_path, tmp_path_factory):
    """Run a scenario; at its end write its row, and assert that no promise is broken and that it recovered in time."""

    @asynccontextmanager
    async def run(redis_url, *, max_recovery=MAX_RECOVERY_S, **options):
        folder = tmp_path / "service"
        folder.mkdir()
        async with run_scenario(folder, redis_url, random.Random(seed), **options) as scenario:  # noqa: S311  not a secret
            yield scenario
        ledger = scenario.ledger
        row = Row(request.node.name.removeprefix("test_").replace("_", " "), seed, ledger)
        write_row(tmp_path_factory.getbasetemp() / "chaos.md", row)
        assert ledger.broken() == {}, ledger.bugs[:5]
        assert ledger.recovery_s() <= max_recovery
        assert len(ledger.logins) >= _FEWEST_LOGINS

    return run
