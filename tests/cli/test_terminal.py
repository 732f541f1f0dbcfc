"""What a person sees: columns, colours and a spinner on a terminal; plain lines everywhere else."""

import re
import signal

import pytest

from app.container import open_container
from tests.support.builders import PHONE, PUBLIC_URL, make_settings
from tests.support.fake_vendor import Answer, Trouble
from tests.support.ports import free_port
from tests.support.processes import otp as otp_process
from tests.support.smstools import accounts
from tests.support.waiting import until

DEVELOPMENT = {"OTP_ENV": "development", "OTP_PUBLIC_URL": PUBLIC_URL}
COLOUR = "\x1b[32m"
BOX = "╭"


def given(url):
    """Settings of an account at the vendor, as the environment has them."""
    return DEVELOPMENT | {f"OTP_{name}": value for name, value in accounts(url, "one").items()}


async def test_findings_stand_in_columns_and_in_colour(on_terminal):
    screen = await on_terminal("doctor", **DEVELOPMENT)

    assert await screen.end() == 0
    assert re.search("✓  settings  +development; every", screen.text)
    assert f"{COLOUR}✓" in screen.raw


@pytest.mark.parametrize("quiet", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
async def test_nobody_gets_colours_who_wants_none(on_terminal, quiet):
    screen = await on_terminal("doctor", **DEVELOPMENT | quiet)

    assert await screen.end() == 0
    assert re.search("✓  settings  +development", screen.text)
    assert "\x1b[3" not in screen.raw


async def test_findings_fit_into_a_narrow_window(on_terminal):
    screen = await on_terminal("doctor", columns=40, **DEVELOPMENT)

    assert await screen.end() == 0
    findings = screen.text[screen.text.index("✓") :]
    assert max(map(len, findings.splitlines())) <= 40
    assert " ".join(findings.split()).count("nothing is kept when it ends") == 1


async def test_a_key_is_not_broken_for_a_narrow_window(on_terminal):
    """It is copied."""
    screen = await on_terminal("keys", "new", columns=40)

    assert await screen.end() == 0
    (key,) = [line.split()[1] for line in screen.text.splitlines() if line.startswith("key ")]
    assert len(key) == 46


async def test_a_pipe_gets_tabs_and_no_colours(tmp_path):
    code, said, complained = await otp_process("doctor", folder=tmp_path, **DEVELOPMENT)

    assert (code, complained) == (0, "")
    assert said.startswith("ok\tsettings\tdevelopment")
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("words", "doing"),
    [
        (["doctor"], "Looking at settings"),
        (["gateways", "check"], "Asking the gateways"),
        (["gateways", "urls"], "Reading the settings"),
        (["jobs", "list"], "Reading the dead letters"),
        (["jobs", "replay", "1-1"], "Reading the settings"),
        (["numbers", "unlock", PHONE], "Asking Redis"),
        (["send-test", PHONE], "Sending"),
    ],
    ids=" ".join,
)
async def test_who_waits_sees_for_what_and_nothing_of_it_stays(on_terminal, vendor, engine_url, tag, words, doing):
    """Each takes a second, for all that it has to read before it asks anybody."""
    settings = given(vendor.url) | {"OTP_REDIS_URL": engine_url, "OTP_REDIS_TAG": tag}
    screen = await on_terminal(*words, **settings)

    await screen.end()

    assert f" {doing}" in screen.text
    assert screen.raw.rindex(doing) < screen.raw.rindex("\x1b[2K"), "the line is wiped"
    assert screen.raw.rindex("\x1b[?25l") < screen.raw.rindex("\x1b[?25h"), "the cursor is back"


async def test_each_gateway_is_shown_while_others_are_awaited(on_terminal, vendor):
    vendor.usually = Trouble.HANG
    screen = await on_terminal("gateways", "check", **given(vendor.url))

    await until(lambda: screen.read() and "✓  inbox  a page" in screen.text)
    assert screen.process.returncode is None


async def test_of_many_jobs_it_tells_how_far_it_is(on_terminal, engine_url, tag):
    settings = DEVELOPMENT | {"OTP_REDIS_URL": engine_url, "OTP_REDIS_TAG": tag}
    screen = await on_terminal("jobs", "drop", *(f"{n}-1" for n in range(1, 301)), **settings)

    assert await screen.end() == 1
    assert " of 300" in screen.text


async def test_jobs_stand_in_columns_and_their_ids_can_be_copied(on_terminal, engine_url, tag):
    async with open_container(make_settings(engine_url, tag)) as container:
        await container.queue.open()
        await container.queue.add("sends", [{"verification": f"vf_{'x' * 22}", "send": "1"}])
        (job,) = await container.queue.take("sends", "worker-1", most=1)
        await container.queue.bury(job, why="refused_no_credit")
    screen = await on_terminal("jobs", "list", columns=40, **DEVELOPMENT, OTP_REDIS_URL=engine_url, OTP_REDIS_TAG=tag)

    assert await screen.end() == 0
    *_, head, _, row, about = screen.text.splitlines()
    moment = re.search(r"\d{4}-\d\d-\d\dT", row)
    assert [head.index(name) for name in ("buried", "why")] == [moment.start(), row.index("refused_")]
    assert about == f"  verification=vf_{'x' * 22} send=1"


@pytest.mark.parametrize("words", [["gateways", "check"], ["send-test", PHONE]], ids=" ".join)
async def test_ctrl_c_ends_quietly(on_terminal, vendor, words):
    vendor.usually = Trouble.HANG
    screen = await on_terminal(*words, **given(vendor.url))
    await until(lambda: screen.read() and vendor.requests)

    screen.process.send_signal(signal.SIGINT)

    assert await screen.end() == 130
    assert "Traceback" not in screen.text
    assert "\x1b[?25h" in screen.raw


async def test_ctrl_c_ends_the_developers_service_as_it_should_end(on_terminal):
    screen = await on_terminal("dev", "--port", str(free_port()), OTP_ENV="development")
    await until(lambda: screen.read() and "worker_started" in screen.text, within=30)

    screen.process.send_signal(signal.SIGINT)

    assert await screen.end() == 0
    assert "Traceback" not in screen.text


async def test_a_complaint_stands_on_one_line_while_a_spinner_turns(on_terminal, vendor):
    vendor.usually = Answer(402)
    screen = await on_terminal("send-test", PHONE, **given(vendor.url))

    assert await screen.end() == 1
    assert "✗ one: refused: no_credit (HTTP 402). The gateway refused.\n" in screen.text


async def test_a_letter_that_the_screen_cannot_show_stops_nothing(tmp_path):
    code, _, complained = await otp_process("doctor", folder=tmp_path, PYTHONIOENCODING="ascii")

    assert code == 2
    assert complained.startswith("? OTP_")


async def test_usage_is_boxed_for_people_and_plain_for_others(on_terminal, tmp_path):
    screen = await on_terminal("jbos")
    assert await screen.end() == 2
    assert BOX in screen.text

    code, _, complained = await otp_process("jbos", folder=tmp_path)
    assert (code, BOX in complained) == (2, False)
    assert "No such command 'jbos'. Did you mean 'jobs'?" in complained
