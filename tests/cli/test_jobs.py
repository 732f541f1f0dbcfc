"""`otp jobs`: what failed for good is listed, replayed or dropped."""

import asyncio

import pytest

from app.store.queue import Job
from app.wiring import open_tools
from tests.support.makers import make_settings
from tests.support.ports import free_port


@pytest.fixture
def buried(engine_url, tag):
    """The id of a dead letter: a send that no gateway would take."""

    async def bury():
        async with open_tools(make_settings(engine_url, tag)) as tools:
            await tools.queue.open()
            await tools.queue.add("sends", [{"verification": "vf_x", "send": "1"}])
            (job,) = await tools.queue.take("sends", "worker-1", most=1)
            assert isinstance(job, Job)
            await tools.queue.bury(job, why="refused_no_credit")
            (letter,) = await tools.dead_letters.list()
            return letter.id

    return asyncio.run(bury())


def test_nothing_failed_yet(otp, settings):
    answer = otp("jobs", "list", **settings)

    assert (answer.exit_code, answer.stdout) == (0, "None.\n")


def test_a_dead_letter_is_listed_with_its_reason(otp, settings, buried):
    """Whole: an id that a table had cut off could not be replayed."""
    said = otp("jobs", "list", **settings).stdout

    assert all(word in said for word in (buried, "sends", "refused_no_credit", "verification vf_x"))
    assert not [line for line in said.splitlines() if len(line) > 100]


def test_a_replayed_job_is_gone_from_the_list(otp, settings, buried):
    assert otp("jobs", "replay", buried, **settings).stdout == "Replayed.\n"

    assert otp("jobs", "list", **settings).stdout == "None.\n"
    assert otp("jobs", "replay", buried, **settings).exit_code == 1


def test_a_dropped_job_is_forgotten(otp, settings, buried):
    assert otp("jobs", "drop", buried, **settings).stdout == "Dropped.\n"

    assert otp("jobs", "drop", buried, **settings).exit_code == 1


@pytest.mark.parametrize("act", ["replay", "drop"])
@pytest.mark.parametrize("id", ["x", "1", "1-1-1", "*", "999999999999999999999-0", "1-1"])
def test_what_is_no_job_is_said(otp, settings, act, id):
    """Redis would call it an error, and Python would print where."""
    answer = otp("jobs", act, id, **settings)

    assert answer.exit_code == 1
    assert answer.stderr == "✗ There is no such job. Look with `otp jobs list`.\n"


def test_a_redis_that_is_away_is_said(otp, settings):
    answer = otp("jobs", "list", **settings | {"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"})

    assert answer.exit_code == 1
    assert answer.stderr.startswith("✗ ")
    assert "Traceback" not in answer.output
