"""Operators' acts leave a log line that says who did what, without a number."""

import asyncio
import json
import socket

import orjson
import pytest

from app.cli.audit import system_user
from app.container import open_container
from tests.support.builders import PHONE, PUBLIC_URL, make_settings
from tests.support.processes import otp as otp_process

COMMANDS = {"show": "done", "block": "done", "unlock": "not_done", "unblock": "not_done", "forget": "not_done"}


@pytest.fixture
def acts(logged_lines):
    """Return the fields of each line that a command has logged about an act."""

    def read():
        lines = [orjson.loads(line) for line in logged_lines.getvalue().splitlines()]
        return [
            {name: line[name] for name in line if name not in ("event", "level", "timestamp")}
            for line in lines
            if line["event"] == "operator_act"
        ]

    return read


@pytest.fixture
def log_name(engine_url, tag):
    async def read():
        async with open_container(make_settings(engine_url, tag)) as container:
            return container.keyring.log_name(PHONE)

    return asyncio.run(read())


@pytest.mark.parametrize("command", COMMANDS)
def test_act_on_a_number_is_logged_with_its_operator(otp, settings, acts, log_name, command):
    otp("numbers", command, PHONE, **settings, OPERATOR="anna@example.com")

    assert acts() == [
        {
            "act": f"{command}_number",
            "operator": "anna@example.com",
            "number": log_name,
            "outcome": COMMANDS[command],
        }
    ]


def test_operator_is_the_systems_user_and_host_by_default(otp, settings, acts):
    otp("numbers", "block", PHONE, **settings)

    (act,) = acts()
    assert act["operator"] == system_user()
    assert act["operator"].endswith(f"@{socket.gethostname()}")


@pytest.mark.parametrize(("command", "act"), [("replay", "replay_job"), ("drop", "drop_job")])
def test_act_on_a_job_is_logged_with_its_operator(otp, settings, acts, engine_url, tag, command, act):
    """An id that does not exist is no act."""

    async def bury():
        async with open_container(make_settings(engine_url, tag)) as container:
            await container.queue.open()
            await container.queue.add("sends", [{"verification": "vf_x", "send": "1"}] * 2)
            for job in await container.queue.take("sends", "w", most=2):
                await container.queue.bury(job, why="silent")
            return [letter.id for letter in await container.dead_letters.list()]

    first, second = asyncio.run(bury())
    otp("jobs", command, first, "1-1", "x", second, **settings, OPERATOR="ben")

    assert acts() == [{"act": act, "operator": "ben", "job": id, "outcome": "done"} for id in (first, second)]


def test_wrong_number_is_no_act(otp, settings, acts):
    assert otp("numbers", "block", "hello", **settings).exit_code == 2

    assert acts() == []


async def test_act_with_an_unknown_outcome_is_logged(redis_proxy, settings, otp_in_thread, acts, log_name):
    """Redis may have carried out the command before its answer was lost."""
    redis_proxy.canned_reply = b"-LOADING Redis is loading the dataset in memory\r\n"
    url = redis_proxy.url

    result = await otp_in_thread("numbers", "unblock", PHONE, **settings | {"REDIS_URL": url}, OPERATOR="anna")

    assert result.exit_code == 1
    assert acts() == [{"act": "unblock_number", "operator": "anna", "number": log_name, "outcome": "unknown"}]


async def test_line_goes_to_stderr_and_data_to_stdout(tmp_path, engine_url, tag):
    environment = {"OTP_ENV": "development", "OTP_PUBLIC_URL": PUBLIC_URL, "OTP_REDIS_URL": engine_url}

    code, stdout, stderr = await otp_process(
        "numbers", "block", PHONE, folder=tmp_path, **environment, OTP_REDIS_TAG=tag, OTP_OPERATOR="anna"
    )

    assert (code, stdout) == (0, "Blocked.\n")
    (line,) = map(json.loads, stderr.splitlines())
    assert (line["event"], line["act"], line["operator"]) == ("operator_act", "block_number", "anna")
    assert PHONE[3:] not in stderr


async def test_user_of_the_environment_is_not_taken_for_the_systems(tmp_path, engine_url, tag):
    """Everyone can set it; who means to be named differently sets OTP_OPERATOR."""
    environment = {"OTP_ENV": "development", "OTP_PUBLIC_URL": PUBLIC_URL, "OTP_REDIS_URL": engine_url}
    user = {"LOGNAME": "another", "USER": "another"}

    _, _, stderr = await otp_process(
        "numbers", "block", PHONE, folder=tmp_path, **environment, OTP_REDIS_TAG=tag, **user
    )

    assert json.loads(stderr)["operator"] == system_user()
