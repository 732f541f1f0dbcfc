"""What `otp --help` says, in how little time, and how it ends what it cannot do."""

import re
import subprocess
import sys

import pytest
from typer.main import get_command

from app.cli import app
from app.cli import run as common
from app.main import ENV_FILE
from tests.cli.test_commands_page import COMMANDS
from tests.support.builders import PHONE
from tests.support.ports import free_port

HEAVY = {  # pydantic itself is what Typer reads values with
    "fastapi",
    "uvicorn",
    "redis",
    "fakeredis",
    "httpx",
    "pydantic_settings",
    "cryptography",
}


SHOW_HELP = f"""
import sys
from app.cli import app
for words in ([], *([name] for name in sys.argv[1:])):
    app([*words, "--help"], standalone_mode=False)
    print("loaded by", *words, *({HEAVY} & sys.modules.keys()))
"""


def test_help_imports_no_more_than_it_shows():
    """It is what a newcomer types first. With the service behind it, it would take two seconds."""
    names = list(get_command(app).commands)

    said = subprocess.run([sys.executable, "-c", SHOW_HELP, *names], capture_output=True, text=True, check=True).stdout

    assert said.count("Usage: ") == len(names) + 1
    assert re.findall("^loaded by.*$", said, re.MULTILINE) == ["loaded by", *(f"loaded by {name}" for name in names)]


def test_commands_stand_in_groups(otp):
    said = otp("--help").stdout

    groups = re.findall(r"^(\w+):\n((?:  .*\n)+)", said, re.MULTILINE)
    found = {group: re.findall(r"^  ([a-z-]+) ", rows, re.MULTILINE) for group, rows in groups}
    del found["Options"]
    assert found == {
        "Run": ["init", "dev", "serve", "worker"],
        "Look": ["doctor", "send-test", "gateways", "text"],
        "Operate": ["jobs", "keys", "numbers"],
    }


def test_help_ends_with_the_exit_codes_and_where_more_is(otp):
    said = otp("--help").stdout

    for code, meaning in common.EXIT_CODES.items():
        assert re.search(rf"^ +{code}  {re.escape(meaning)}$", said, re.MULTILINE)
    assert said.endswith("docs/commands.md\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(otp, name):
    answer = otp(*name.split()[1:], "--help")

    assert answer.exit_code == 0
    assert re.search(rf" Example: (.* )?{name}\b", " ".join(answer.stdout.split()).replace("xargs ", ""))


def test_the_list_tells_each_command_in_whole_sentences(otp):
    """Typer ends them where a second sentence or the line begins."""
    for group in ["", "jobs", "numbers", "gateways", "keys", "text"]:
        said = " ".join(otp(*group.split(), "--help").stdout.split())
        inner = get_command(app).commands[group].commands if group else get_command(app).commands
        for command in inner.values():
            assert " ".join(command.help.split("\n\n")[0].split()) in said


def test_help_fits_on_80_columns(otp):
    for words in ([], *(name.split()[1:] for name in COMMANDS)):
        assert not [line for line in otp(*words, "--help").stdout.splitlines() if len(line) > 80]


async def test_in_a_narrow_window_no_word_of_the_help_is_cut(on_terminal):
    screen = await on_terminal("serve", "--help", columns=40)

    assert await screen.end() == 0
    assert "--processes COUNT" in screen.text
    assert "127.0.0.1" in screen.text
    assert max(map(len, screen.text.splitlines())) <= 40


def test_the_version_is_told(otp):
    answer = otp("--version")

    assert (answer.exit_code, answer.stderr) == (0, "")
    assert re.fullmatch(r"otp \d+\.\d+\.\d+\n", answer.stdout)


@pytest.mark.parametrize(
    ("words", "near"),
    [(["jbos"], "jobs"), (["sendtest"], "send-test"), (["jobs", "lits"], "list"), (["numbers", "unlok"], "unlock")],
)
def test_a_word_that_is_nearly_a_command_is_told_which(otp, words, near):
    answer = otp(*words)

    assert (answer.exit_code, answer.stdout) == (common.USAGE, "")
    assert f"Did you mean '{near}'" in answer.stderr


@pytest.mark.parametrize(
    "words",
    [
        *([], ["jobs"], ["nothing"], ["--nothing"]),
        *(["send-test"], ["numbers", "block"], ["jobs", "replay"], ["jobs", "drop"]),
        *(
            ["serve", "--port", "0"],
            ["serve", "--port", "x"],
            ["serve", "--processes", "65"],
            ["dev", "--port", "70000"],
        ),
        *(["doctor", "twice"], ["keys", "new", "shop"]),
    ],
    ids=" ".join,
)
def test_wrong_use_ends_with_2_and_says_nothing_where_data_go(otp, words):
    answer = otp(*words)

    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "Usage: otp" in answer.stderr


NEED_SETTINGS = [
    *(["serve"], ["worker"], ["doctor"], ["gateways", "urls"], ["gateways", "check"], ["send-test", PHONE]),
    *(["jobs", "list"], ["jobs", "replay", "1-1"], ["jobs", "drop", "1-1"]),
    *(["numbers", act, PHONE] for act in ("unlock", "block", "unblock", "forget")),
]


@pytest.mark.parametrize("words", NEED_SETTINGS, ids=" ".join)
def test_missing_settings_end_with_2_and_a_sentence_each(otp, words):
    answer = otp(*words)

    assert (answer.exit_code, answer.stdout) == (2, "")
    assert len(answer.stderr.splitlines()) == 8
    assert all(line.startswith("✗ OTP_") for line in answer.stderr.splitlines())


@pytest.mark.parametrize("words", [words for words in NEED_SETTINGS if words[0] in {"jobs", "numbers"}], ids=" ".join)
def test_a_redis_that_is_away_ends_with_1_and_what_to_look_at(otp, settings, words):
    answer = otp(*words, **settings | {"REDIS_URL": f"redis://:hunter2@127.0.0.1:{free_port()}/0"})

    assert (answer.exit_code, answer.stdout) == (1, "")
    assert answer.stderr == ("✗ Redis does not answer as it should. Check OTP_REDIS_URL, and look with `otp doctor`.\n")


def test_the_file_of_settings_is_the_services_own():
    """It is named twice, for help would have to import the service to know."""
    assert common.ENV_FILE == ENV_FILE
