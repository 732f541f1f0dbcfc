"""`otp jobs`: what failed for good is listed, replayed or dropped."""

import asyncio
import re

import pytest

from app.container import open_container
from tests.support.builders import make_settings
from tests.support.ports import free_port


@pytest.fixture
def bury(engine_url, tag):
    """Bury some sends that no gateway would take; gives the ids of all dead letters."""

    async def run(count):
        async with open_container(make_settings(engine_url, tag)) as container:
            await container.queue.open()
            await container.queue.add("sends", [{"verification": "vf_x", "send": "1"}] * count)
            for job in await container.queue.take("sends", "worker-1", most=count):
                await container.queue.bury(job, why="refused_no_credit")
            return [letter.id for letter in await container.dead_letters.list()]

    return lambda count: asyncio.run(run(count))


@pytest.fixture
def buried(bury):
    """The id of a dead letter."""
    (id,) = bury(1)
    return id


def test_nothing_failed_yet(otp, settings):
    """And nothing is printed that a pipe would take for a job."""
    answer = otp("jobs", "list", **settings)

    assert (answer.exit_code, answer.stdout, answer.stderr) == (0, "", "None.\n")


def test_a_dead_letter_is_listed_with_its_reason(otp, settings, buried):
    """On one line, and whole: an id that a table had cut off could not be replayed."""
    (line,) = otp("jobs", "list", **settings).stdout.splitlines()

    id, at, *rest = line.split("\t")
    assert id == buried
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", at)
    assert rest == ["sends", "refused_no_credit", "0", "verification=vf_x send=1"]


def test_a_list_that_may_go_on_says_so(otp, settings, bury):
    bury(99)
    assert otp("jobs", "list", **settings).stderr == ""

    bury(1)
    assert "There may be more" in otp("jobs", "list", **settings).stderr


@pytest.mark.parametrize(("act", "done"), [("replay", "replayed"), ("drop", "dropped")])
def test_a_job_is_replayed_or_dropped_once(otp, settings, buried, act, done):
    assert otp("jobs", act, buried, **settings).stdout == f"1 {done}.\n"

    assert otp("jobs", "list", **settings).stdout == ""
    again = otp("jobs", act, buried, **settings)
    assert (again.exit_code, again.stdout) == (1, f"0 {done}.\n")


@pytest.mark.parametrize("act", ["replay", "drop"])
def test_many_go_at_once_and_one_that_is_missing_stops_no_other(otp, settings, bury, act):
    first, *others = bury(3)

    answer = otp("jobs", act, first, "1-1", *others, **settings)

    assert (answer.exit_code, answer.stdout[0]) == (1, "3")
    assert answer.stderr == "✗ There is no job 1-1. Look with `otp jobs list`.\n"
    assert otp("jobs", "list", **settings).stdout == ""


@pytest.mark.parametrize("act", ["replay", "drop"])
@pytest.mark.parametrize("id", ["x", "1", "1-1-1", "*", "999999999999999999999-0", "1-1"])
def test_what_is_no_job_is_said(otp, settings, act, id):
    """Redis would call it an error, and Python would print where."""
    answer = otp("jobs", act, id, **settings)

    assert answer.exit_code == 1
    assert answer.stderr == f"✗ There is no job {id}. Look with `otp jobs list`.\n"


def test_a_redis_that_is_away_is_said(otp, settings):
    answer = otp("jobs", "list", **settings | {"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"})

    assert answer.exit_code == 1
    assert answer.stderr == ("✗ Redis does not answer as it should. Check OTP_REDIS_URL, and look with `otp doctor`.\n")
