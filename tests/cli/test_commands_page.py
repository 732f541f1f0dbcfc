"""docs/commands.md says what `otp` has: every command, every option, and none that is not."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from app.cli import app
from app.cli.run import EXIT_CODES

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()
SECTIONS = {
    name: " ".join(text.split())
    for name, text in re.findall(r"^### (otp [a-z -]+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
}


def leaves(command, name="otp"):
    """Find the commands that do something, by all the words that one types."""
    for word, inner in getattr(command, "commands", {}).items():
        yield from leaves(inner, f"{name} {word}")
    if not hasattr(command, "commands"):
        yield name, command


COMMANDS = dict(leaves(get_command(app)))


def test_every_command_has_its_section_and_no_other_is_there():
    assert list(SECTIONS) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_section_begins_with_the_sentence_of_the_help(name):
    sentence = " ".join(COMMANDS[name].help.split("\n\n")[0].split())
    arguments = [param for param in COMMANDS[name].params if param.param_type_name == "argument"]
    usage = "".join(f" {param.metavar}{'...' if param.nargs < 0 else ''}" for param in arguments)

    assert SECTIONS[name].startswith(f"`{name}{usage}`: {sentence}")
    assert re.search(
        rf"^\|.*\[`{name}`\]\(#{name.replace(' ', '-')}\) \| {re.escape(sentence)} \|$", PAGE, re.MULTILINE
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_a_section_has_every_option_and_no_other(name):
    options = {param.opts[0] for param in COMMANDS[name].params if param.param_type_name == "option"}

    assert set(re.findall(r"\| `(--[a-z-]+)[ `]", SECTIONS[name])) == options


@pytest.mark.parametrize("name", COMMANDS)
def test_a_section_has_what_is_taken_without_an_option(name):
    for param in COMMANDS[name].params:
        if param.param_type_name == "option" and not param.is_flag and param.default:
            row = re.search(rf"\| `{param.opts[0]} [^|]*\|[^|]*\|([^|]*)\|", SECTIONS[name])
            assert row[1].strip() == f"`{param.default}`"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_section_ends_with_the_example_of_the_help(name):
    example = (COMMANDS[name].epilog or "").removeprefix("Example: ")

    assert example.startswith("otp ")
    assert SECTIONS[name].endswith(f"```sh {example} ```")


def test_the_exit_codes_are_those_of_the_code():
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", PAGE, re.MULTILINE)

    assert {int(code): meaning for code, meaning in rows} == EXIT_CODES
