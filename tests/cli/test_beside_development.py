"""Every command beside a running `otp dev`: it uses the settings and the store of that service."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import app
from app.store.connection import open_redis
from app.store.keyspace import Keyspace
from tests.cli.test_commands_page import COMMANDS
from tests.support.builders import PHONE
from tests.support.processes import clean_environment, runtime_folder
from tests.support.service import otp_dev
from tests.support.variants import some_of
from tests.support.waiting import until

SECRET = "dev:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
OWN_PROCESS = r"✗ The development service on \S+ runs API and worker itself\. To start another .*\n"
GUARD_MODE = r"The guard is in monitor mode: .*"
MISSING_JOB = r"✗ There is no job 1-1\. See `otp jobs list`\.\n"

# Command -> arguments, exit code, stdout and stderr as patterns; the line that names the service precedes stderr.
TALKING = {
    "otp doctor": (0, r"ok\tsettings\tdevelopment.*\nok\tredis\tresponds; 0 jobs .*lost when it stops\n.*", ""),
    f"otp send-test {PHONE}": (0, r"ok\tinbox\taccepted: ms_\S+, 1 segment\n", r"One SMS by inbox to \+31\*+78\. .*"),
    "otp gateways urls": (0, "", "No vendor is configured; .*"),
    "otp gateways check": (0, r"ok\tinbox\ta page .*\nnote\tinbox\treports: none yet\n", ""),
    "otp text preview": (0, r"042137 is your Acme code\. .*", ""),
    "otp jobs list": (0, "", r"None\.\n"),
    "otp jobs replay 1-1": (1, r"0 replayed\.\n", MISSING_JOB),
    "otp jobs drop 1-1": (1, r"0 dropped\.\n", MISSING_JOB),
    "otp events list": (0, "", r"None\.\n"),
    "otp events replay 1-1": (1, r"0 replayed\.\n", r"✗ There is no dead event 1-1\. .*"),
    "otp events endpoints": (0, "", "No app has `events` in OTP_APPS.*"),
    "otp events secrets": (0, "", "No app has `events` in OTP_APPS.*"),
    "otp guard status": (0, "", r"It watches nothing: .*\n"),
    "otp guard allow NL": (0, r"Allowed\.\n", rf"{GUARD_MODE}\n"),
    "otp guard block NL": (0, r"Blocked\.\n", rf"{GUARD_MODE}\n"),
    "otp messages send lost.csv --yes": (2, "", r"✗ lost\.csv cannot be read: .*"),
    "otp messages show ms_1": (1, "", r"✗ It is unknown, .*"),
    "otp messages cancel ms_1": (1, r"0 canceled\.\n", r"✗ There is no message ms_1 that waits\.\n"),
    f"otp numbers show {PHONE}": (0, r"(.*\n)*.*n_[\w-]{12}(.*\n)*", ""),
    f"otp numbers unlock {PHONE}": (0, r"It was not locked\.\n", ""),
    f"otp numbers block {PHONE}": (0, r"Blocked\.\n", ""),
    f"otp numbers unblock {PHONE}": (0, r"(Unb|It was neither b)locked.*\n", ""),
    f"otp numbers forget {PHONE}": (0, r"Erased \d+ keys\.\n", ""),
}
OTHERS = {
    "otp init --file other.env": (0, r"Wrote other\.env\..*", ""),
    "otp dev": (1, r"Starting on http://127\.0\.0\.1:\d+ …\n", r"✗ Cannot listen on .*: make run PORT=\d+\n"),
    "otp serve": (2, "", OWN_PROCESS),
    "otp worker": (2, "", OWN_PROCESS),
    "otp guard replay": (0, r'{"type":"summary","requests":0,.*}\n', ""),
    "otp keys new": (0, r"key\tsk_.*", "The key, shown only now.*"),
}


@pytest.fixture(scope="module")
def development():
    """The URL of a development service, and the folder with its socket."""
    runtime = runtime_folder()
    with otp_dev(XDG_RUNTIME_DIR=runtime, OTP_BRAND="Acme", OTP_SECRETS=SECRET) as url:
        yield url, runtime


@pytest.fixture
def runtime(development):
    """Commands find this service."""
    return development[1]


@pytest.fixture
def url(development):
    return development[0]


def test_every_command_is_tried():
    tried = [command for command in COMMANDS for words in TALKING | OTHERS if f"{words} ".startswith(f"{command} ")]

    assert sorted(tried) == sorted(COMMANDS)


@pytest.mark.parametrize("words", TALKING)
def test_command_names_the_service_and_uses_its_settings_and_store(otp, url, words):
    code, stdout, stderr = TALKING[words]

    result = otp(*words.split()[1:])

    assert result.exit_code == code, result.output
    assert re.fullmatch(stdout, result.stdout, re.DOTALL)
    assert re.fullmatch(rf"This is the development service on {url}\.\n{stderr}", result.stderr, re.DOTALL)
    assert SECRET.partition(":")[2] not in result.output


@pytest.mark.parametrize("words", some_of(OTHERS, "otp serve", "otp keys new"))
def test_command_that_needs_no_service_says_nothing_of_missing_secrets(folder, url, runtime, words):
    """As processes, because `otp dev` changes its environment; MAKELEVEL is what `make run` passes on."""
    code, stdout, stderr = OTHERS[words]
    environment = clean_environment(XDG_RUNTIME_DIR=runtime, PORT=url.rpartition(":")[2], MAKELEVEL="1")

    command = [sys.executable, "-m", "app.cli", *words.split()[1:]]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)

    assert result.returncode == code, result.stderr
    assert re.fullmatch(stdout, result.stdout, re.DOTALL)
    assert re.fullmatch(stderr, result.stderr, re.DOTALL)


def test_blocked_number_is_refused_by_the_service_until_it_is_unblocked(otp, url):
    def request_code():
        body = {"phone_number": "+31687654321"}
        return httpx.post(f"{url}/v1/request-code", json=body, headers={"Authorization": "Bearer sk_dev"})

    assert otp("numbers", "block", "+31687654321").exit_code == 0
    assert request_code().json()["code"] == "destination_blocked"

    assert otp("numbers", "unblock", "+31687654321").exit_code == 0
    assert request_code().status_code == 202


def test_test_sms_arrives_in_the_inbox_of_the_service(otp, url):
    otp("send-test", "+31611111111")

    (sms,) = httpx.get(f"{url}/dev/inbox/messages", params={"to": "+31611111111"}).json()
    assert sms["text"] == "Test of Acme. No action is needed."


async def test_rows_of_a_file_arrive_in_the_inbox_of_the_service(otp_in_thread, url, folder):
    numbers = [f"+316200000{number:02d}" for number in range(60)]
    (folder / "rows.csv").write_text("\n".join(["to", *numbers, ""]))

    result = await otp_in_thread("messages", "send", "rows.csv", "--text", "Your order has left.", "--yes")

    assert result.exit_code == 0, result.output
    for number in (numbers[0], numbers[-1]):
        (sms,) = await until(lambda to=number: httpx.get(f"{url}/dev/inbox/messages", params={"to": to}).json())
        assert sms["text"] == "Your order has left."


async def test_failed_job_is_listed_and_replayed_by_the_worker_of_the_service_and_dropped(otp_in_thread, runtime):
    await _add_unreadable_job(runtime)
    first = await until(lambda: _failed_jobs(otp_in_thread))

    result = await otp_in_thread("jobs", "replay", first)
    assert result.stdout == "1 replayed.\n", result.output
    second = await until(lambda: _failed_jobs(otp_in_thread))
    assert second != first  # the worker took it and failed again

    assert (await otp_in_thread("jobs", "drop", second)).stdout == "1 dropped.\n"
    assert await _failed_jobs(otp_in_thread) == ""


async def _add_unreadable_job(runtime):
    (socket,) = Path(runtime).rglob("*.sock")  # noqa: ASYNC240  a small local folder
    redis = open_redis(f"unix://{socket}")
    await redis.xadd(Keyspace()("sends_queue"), {"verification": b"\xff"})
    await redis.aclose()


async def _failed_jobs(otp_in_thread):
    return (await otp_in_thread("jobs", "list")).stdout.partition("\t")[0]


def test_settings_that_the_service_runs_with_select_it(otp, url):
    """A shell may export them for both."""
    for settings in ({"BRAND": "Acme"}, {"ENV": "development", "PUBLIC_URL": url}):
        result = otp("text", "preview", **settings)

        assert result.stdout.startswith("042137 is your Acme code.")
        assert result.stderr == f"This is the development service on {url}.\n"


def test_other_settings_are_used_alone(otp):
    result = otp("text", "preview", ENV="development", BRAND="Other", CODE_LENGTH="7")

    assert result.stdout.startswith("0421378 is your Other code.")
    assert result.stderr == (
        "The settings given here are used, not those of the development service, "
        "which differ in OTP_BRAND, OTP_CODE_LENGTH.\n"
    )


def test_production_settings_in_the_folder_are_used_alone(otp, folder):
    """A number must not be forgotten in development instead of production."""
    CliRunner().invoke(app, ["init"])
    assert (folder / ".env").exists()

    result = otp("numbers", "forget", PHONE)

    assert result.exit_code == 2
    assert "not those of the development service" in result.stderr
    assert "✗ OTP_GATEWAYS__SMSTOOLS__SENDER: " in result.stderr
