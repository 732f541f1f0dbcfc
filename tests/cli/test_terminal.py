"""Output formats: columns, colours and a spinner on a terminal; plain lines elsewhere."""

import re
import signal

import pytest

from app.container import open_container
from tests.support.builders import PHONE, PUBLIC_URL, make_settings
from tests.support.fake_vendor import Answer, Fault
from tests.support.ports import free_port
from tests.support.processes import otp as otp_process
from tests.support.smstools import accounts
from tests.support.waiting import until

DEVELOPMENT = {"OTP_ENV": "development", "OTP_PUBLIC_URL": PUBLIC_URL}
COLOUR = "\x1b[32m"
BOX = "╭"


def environment(url):
    """Return the environment variables of an account at the vendor."""
    return DEVELOPMENT | {f"OTP_{name}": value for name, value in accounts(url, "one").items()}


async def test_findings_are_in_columns_and_coloured(on_terminal):
    terminal = await on_terminal("doctor", **DEVELOPMENT)

    assert await terminal.end() == 0
    assert re.search("✓  settings  +development; every", terminal.text)
    assert f"{COLOUR}✓" in terminal.raw


@pytest.mark.parametrize("quiet", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
async def test_colours_are_off_with_no_color_or_a_dumb_terminal(on_terminal, quiet):
    terminal = await on_terminal("doctor", **DEVELOPMENT | quiet)

    assert await terminal.end() == 0
    assert re.search("✓  settings  +development", terminal.text)
    assert "\x1b[3" not in terminal.raw


@pytest.mark.long
async def test_findings_wrap_in_a_narrow_window(on_terminal):
    terminal = await on_terminal("doctor", columns=40, **DEVELOPMENT)

    assert await terminal.end() == 0
    findings = terminal.text[terminal.text.index("✓") :]
    assert max(map(len, findings.splitlines())) <= 40
    assert " ".join(findings.split()).count("its data is lost when it stops") == 1


@pytest.mark.long
async def test_key_is_not_wrapped_in_a_narrow_window(on_terminal):
    """It must be easy to copy."""
    terminal = await on_terminal("keys", "new", columns=40)

    assert await terminal.end() == 0
    (key,) = [line.split()[1] for line in terminal.text.splitlines() if line.startswith("key ")]
    assert len(key) == 46


async def test_pipe_gets_tabs_and_no_colours(tmp_path):
    code, stdout, stderr = await otp_process("doctor", folder=tmp_path, **DEVELOPMENT)

    assert (code, stderr) == (0, "")
    assert stdout.startswith("ok\tsettings\tdevelopment")
    assert "\x1b" not in stdout


@pytest.mark.parametrize(
    ("args", "activity"),
    [
        (["doctor"], "Checking settings"),
        (["numbers", "show", PHONE], "Reading the number"),
        *(
            pytest.param(args, activity, marks=pytest.mark.long)
            for args, activity in (
                (["gateways", "check"], "Checking the gateways"),
                (["gateways", "urls"], "Reading the settings"),
                (["jobs", "list"], "Reading the dead letters"),
                (["jobs", "replay", "1-1"], "Reading the settings"),
                (["numbers", "unlock", PHONE], "Updating Redis"),
                (["send-test", PHONE], "Sending"),
            )
        ),
    ],
    ids=" ".join,
)
async def test_spinner_shows_the_activity_and_is_erased(on_terminal, vendor, engine_url, tag, args, activity):
    """Each command takes a second, since it imports the service first."""
    settings = environment(vendor.url) | {"OTP_REDIS_URL": engine_url, "OTP_REDIS_TAG": tag}
    terminal = await on_terminal(*args, **settings)

    await terminal.end()

    assert f" {activity}" in terminal.text
    assert terminal.raw.rindex(activity) < terminal.raw.rindex("\x1b[2K"), "the line must be erased"
    assert terminal.raw.rindex("\x1b[?25l") < terminal.raw.rindex("\x1b[?25h"), "the cursor must be visible again"


async def test_result_of_a_gateway_is_shown_before_the_others_respond(on_terminal, vendor):
    vendor.default_answer = Fault.HANG
    terminal = await on_terminal("gateways", "check", **environment(vendor.url))

    await until(lambda: terminal.read() and "✓  inbox  a page" in terminal.text)
    assert terminal.process.returncode is None


@pytest.mark.long
async def test_many_jobs_show_progress(on_terminal, engine_url, tag):
    settings = DEVELOPMENT | {"OTP_REDIS_URL": engine_url, "OTP_REDIS_TAG": tag}
    terminal = await on_terminal("jobs", "drop", *(f"{n}-1" for n in range(1, 301)), **settings)

    assert await terminal.end() == 1
    assert " of 300" in terminal.text


@pytest.mark.long
async def test_jobs_are_in_columns_with_the_ids_on_a_second_line(on_terminal, engine_url, tag):
    async with open_container(make_settings(engine_url, tag)) as container:
        await container.queue.open()
        await container.queue.add("sends", [{"verification": f"vf_{'x' * 22}", "send": "1"}])
        (job,) = await container.queue.take("sends", "worker-1", most=1)
        await container.queue.bury(job, why="refused_no_credit")
    terminal = await on_terminal("jobs", "list", columns=40, **DEVELOPMENT, OTP_REDIS_URL=engine_url, OTP_REDIS_TAG=tag)

    assert await terminal.end() == 0
    *_, head, _, row, details = terminal.text.splitlines()
    moment = re.search(r"\d{4}-\d\d-\d\dT", row)
    assert [head.index(name) for name in ("failed", "reason")] == [moment.start(), row.index("refused_")]
    assert details == f"  verification=vf_{'x' * 22} send=1"


@pytest.mark.parametrize("args", [["gateways", "check"], ["send-test", PHONE]], ids=" ".join)
async def test_ctrl_c_ends_a_command_without_a_traceback(on_terminal, vendor, args):
    vendor.default_answer = Fault.HANG
    terminal = await on_terminal(*args, **environment(vendor.url))
    await until(lambda: terminal.read() and vendor.requests)

    terminal.process.send_signal(signal.SIGINT)

    assert await terminal.end() == 130
    assert "Traceback" not in terminal.text
    assert "\x1b[?25h" in terminal.raw


async def test_ctrl_c_stops_otp_dev_with_exit_code_0(on_terminal):
    terminal = await on_terminal("dev", "--port", str(free_port()), OTP_ENV="development")
    await until(lambda: terminal.read() and "worker_started" in terminal.text, within=30)

    terminal.process.send_signal(signal.SIGINT)

    assert await terminal.end() == 0
    assert "Traceback" not in terminal.text


@pytest.mark.long
async def test_error_is_on_its_own_line_while_a_spinner_is_shown(on_terminal, vendor):
    vendor.default_answer = Answer(402)
    terminal = await on_terminal("send-test", PHONE, **environment(vendor.url))

    assert await terminal.end() == 1
    assert "✗ one: refused: no_credit (HTTP 402). The gateway refused.\n" in terminal.text


@pytest.mark.long
async def test_unencodable_characters_are_replaced(tmp_path):
    code, _, stderr = await otp_process("doctor", folder=tmp_path, PYTHONIOENCODING="ascii")

    assert code == 2
    assert stderr.startswith("? No OTP_")


async def test_usage_is_boxed_on_a_terminal_and_plain_elsewhere(on_terminal, tmp_path):
    terminal = await on_terminal("jbos")
    assert await terminal.end() == 2
    assert BOX in terminal.text

    code, _, stderr = await otp_process("jbos", folder=tmp_path)
    assert (code, BOX in stderr) == (2, False)
    assert "No such command 'jbos'. Did you mean 'jobs'?" in stderr
