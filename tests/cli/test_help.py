"""`otp --help`: content, imports and width; exit codes of invalid usage and settings."""

import re
import subprocess
import sys

import pytest
from typer.main import get_command

from app.cli import app, run
from tests.cli.test_commands_page import COMMANDS
from tests.support.builders import PHONE
from tests.support.ports import free_port

HEAVY = {  # pydantic itself is imported by Typer
    "fastapi",
    "uvicorn",
    "redis",
    "fakeredis",
    "httpx",
    "pydantic_settings",
    "cryptography",
    "phonenumbers",
}


SHOW_HELP = f"""
import sys
from app.cli import app
for words in ([], *([name] for name in sys.argv[1:])):
    app([*words, "--help"], standalone_mode=False)
    print("loaded by", *words, *({HEAVY} & sys.modules.keys()))
"""


def test_help_imports_no_heavy_packages():
    """Importing the whole service would take two seconds, before the first line of `otp dev` too."""
    names = list(get_command(app).commands)

    output = subprocess.run(
        [sys.executable, "-c", SHOW_HELP, *names], capture_output=True, text=True, check=True
    ).stdout

    assert output.count("Usage: ") == len(names) + 1
    assert re.findall("^loaded by.*$", output, re.MULTILINE) == ["loaded by", *(f"loaded by {name}" for name in names)]


def test_help_groups_the_commands(otp):
    output = otp("--help").stdout

    groups = re.findall(r"^(\w+):\n((?:  .*\n)+)", output, re.MULTILINE)
    found = {group: re.findall(r"^  ([a-z-]+) ", rows, re.MULTILINE) for group, rows in groups}
    del found["Options"]
    assert found == {
        "Run": ["init", "dev", "serve", "worker"],
        "Inspect": ["doctor", "send-test", "gateways", "text"],
        "Operate": ["events", "guard", "jobs", "keys", "messages", "numbers"],
    }


def test_help_ends_with_the_exit_codes_and_the_documentation(otp):
    output = otp("--help").stdout

    for code, meaning in run.EXIT_CODES.items():
        assert re.search(rf"^ +{code}  {re.escape(meaning)}$", output, re.MULTILINE)
    assert output.endswith("docs/operating/commands.md\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_every_command_has_an_example(otp, name):
    result = otp(*name.split()[1:], "--help")

    assert result.exit_code == 0
    assert re.search(rf" Example: (.* )?{name}\b", " ".join(result.stdout.split()).replace("xargs ", ""))


def test_command_list_shows_whole_summaries(otp):
    """Typer would cut a summary at its first full stop or at the line width."""
    for group in ["", "events", "jobs", "numbers", "gateways", "keys", "messages", "text"]:
        output = " ".join(otp(*group.split(), "--help").stdout.split())
        inner = get_command(app).commands[group].commands if group else get_command(app).commands
        for command in inner.values():
            assert " ".join(command.help.split("\n\n")[0].split()) in output


def test_help_fits_on_80_columns(otp):
    for args in ([], *(name.split()[1:] for name in COMMANDS)):
        assert not [line for line in otp(*args, "--help").stdout.splitlines() if len(line) > 80]


async def test_help_truncates_no_word_in_a_narrow_window(on_terminal):
    screen = await on_terminal("serve", "--help", columns=40)

    assert await screen.end() == 0
    assert "--processes COUNT" in screen.text
    assert "127.0.0.1" in screen.text
    assert max(map(len, screen.text.splitlines())) <= 40


def test_version_is_printed(otp):
    result = otp("--version")

    assert (result.exit_code, result.stderr) == (0, "")
    assert re.fullmatch(r"otp \d+\.\d+\.\d+\n", result.stdout)


@pytest.mark.parametrize(
    ("args", "suggestion"),
    [(["jbos"], "jobs"), (["sendtest"], "send-test"), (["jobs", "lits"], "list"), (["numbers", "unlok"], "unlock")],
)
def test_misspelt_command_gets_a_suggestion(otp, args, suggestion):
    result = otp(*args)

    assert (result.exit_code, result.stdout) == (run.USAGE, "")
    assert f"Did you mean '{suggestion}'" in result.stderr


@pytest.mark.parametrize(
    "args",
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
def test_invalid_usage_exits_with_2_and_an_empty_stdout(otp, args):
    result = otp(*args)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage: otp" in result.stderr


NEED_SETTINGS = [
    *(["doctor"], ["gateways", "urls"], ["gateways", "check"], ["send-test", PHONE], ["text", "preview"]),
    *(["jobs", "list"], ["jobs", "replay", "1-1"], ["jobs", "drop", "1-1"]),
    *(["messages", "send", "rows.csv"], ["messages", "show", "ms_1"], ["messages", "cancel", "ms_1"]),
    *(["events", "list"], ["events", "replay", "1-1"], ["events", "endpoints"], ["events", "secrets"]),
    *(["numbers", act, PHONE] for act in ("unlock", "block", "unblock", "forget")),
]


@pytest.mark.parametrize("args", [["serve"], ["worker"], *NEED_SETTINGS], ids=" ".join)
def test_missing_settings_exit_with_2_and_one_sentence_each(otp, args):
    result = otp(*args, ENV="production")

    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 8
    assert all(line.startswith("✗ OTP_") for line in result.stderr.splitlines())


@pytest.mark.parametrize("args", NEED_SETTINGS, ids=" ".join)
def test_no_setting_and_no_development_service_exits_with_2_and_one_sentence(otp, args):
    result = otp(*args)

    assert (result.exit_code, result.stdout) == (2, "")
    (sentence,) = result.stderr.splitlines()
    assert sentence.startswith("✗ No OTP_ setting is set, and no development service runs.")
    assert "`make run`" in sentence
    assert "`otp init`" in sentence


@pytest.mark.parametrize("args", [["serve"], ["worker"]], ids=" ".join)
def test_a_process_without_settings_lists_what_is_missing(otp, args):
    """A container that is started without its settings must say which it needs."""
    result = otp(*args)

    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 8
    assert all(line.startswith("✗ OTP_") for line in result.stderr.splitlines())


@pytest.mark.parametrize(
    "args",
    [
        args
        for args in NEED_SETTINGS
        if args[0] in {"jobs", "numbers"}
        or args[:2] in (["events", "list"], ["messages", "show"], ["messages", "cancel"])
    ],
    ids=" ".join,
)
def test_unreachable_redis_exits_with_1_and_advice(otp, settings, args):
    result = otp(*args, **settings | {"REDIS_URL": f"redis://:hunter2@127.0.0.1:{free_port()}/0"})

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "✗ Redis does not respond correctly: ECONNREFUSED. No Redis listens there: start it, or check host and port. "
        "See `otp doctor`.\n"
    )
