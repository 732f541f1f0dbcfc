"""`otp jobs list`, `replay` and `drop`."""

import asyncio
import re

import pytest

from app.container import open_container
from tests.support.builders import make_settings
from tests.support.ports import free_port


@pytest.fixture
def bury_jobs(engine_url, tag):
    """Move `count` jobs to the dead letters, and return the ids of all dead letters."""

    async def run(count):
        async with open_container(make_settings(engine_url, tag)) as container:
            await container.queue.open()
            await container.queue.add("sends", [{"verification": "vf_x", "send": "1"}] * count)
            for job in await container.queue.take("sends", "worker-1", most=count):
                await container.queue.bury(job, why="refused_no_credit")
            return [letter.id for letter in await container.dead_letters.list()]

    return lambda count: asyncio.run(run(count))


@pytest.fixture
def dead_letter_id(bury_jobs):
    """The id of one dead letter."""
    (id,) = bury_jobs(1)
    return id


def test_empty_list_prints_nothing_to_stdout(otp, settings):
    """A pipe must not read the hint as a job."""
    result = otp("jobs", "list", **settings)

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "None.\n")


def test_dead_letter_is_listed_with_its_reason(otp, settings, dead_letter_id):
    """On one line and untruncated: a truncated id could not be replayed."""
    (line,) = otp("jobs", "list", **settings).stdout.splitlines()

    id, at, *rest = line.split("\t")
    assert id == dead_letter_id
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", at)
    assert rest == ["sends", "refused_no_credit", "0", "verification=vf_x send=1"]


def test_full_list_has_a_hint_that_there_may_be_more(otp, settings, bury_jobs):
    bury_jobs(99)
    assert otp("jobs", "list", **settings).stderr == ""

    bury_jobs(1)
    assert "There may be more" in otp("jobs", "list", **settings).stderr


@pytest.mark.parametrize(("command", "participle"), [("replay", "replayed"), ("drop", "dropped")])
def test_job_is_replayed_or_dropped_once(otp, settings, dead_letter_id, command, participle):
    assert otp("jobs", command, dead_letter_id, **settings).stdout == f"1 {participle}.\n"

    assert otp("jobs", "list", **settings).stdout == ""
    again = otp("jobs", command, dead_letter_id, **settings)
    assert (again.exit_code, again.stdout) == (1, f"0 {participle}.\n")


@pytest.mark.parametrize("command", ["replay", "drop"])
def test_missing_job_does_not_stop_the_others(otp, settings, bury_jobs, command):
    first, *others = bury_jobs(3)

    result = otp("jobs", command, first, "1-1", *others, **settings)

    assert (result.exit_code, result.stdout[0]) == (1, "3")
    assert result.stderr == "✗ There is no job 1-1. See `otp jobs list`.\n"
    assert otp("jobs", "list", **settings).stdout == ""


@pytest.mark.parametrize("command", ["replay", "drop"])
@pytest.mark.parametrize("id", ["x", "1", "1-1-1", "*", "999999999999999999999-0", "1-1"])
def test_invalid_job_id_is_reported(otp, settings, command, id):
    """Redis rejects such an id with an error, which must not become a traceback."""
    result = otp("jobs", command, id, **settings)

    assert result.exit_code == 1
    assert result.stderr == f"✗ There is no job {id}. See `otp jobs list`.\n"


def test_unreachable_redis_is_reported(otp, settings):
    result = otp("jobs", "list", **settings | {"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"})

    assert result.exit_code == 1
    assert result.stderr == (
        "✗ Redis does not respond correctly: ECONNREFUSED. No Redis listens there: start it, or check host and port. "
        "See `otp doctor`.\n"
    )
