"""docs/operating/commands.md lists exactly the commands, options, defaults, examples and exit codes of `otp`."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from app.cli import app
from app.cli.run import EXIT_CODES

PAGE = (Path(__file__).parents[2] / "docs" / "operating" / "commands.md").read_text()
SECTIONS = {
    name: " ".join(text.split())
    for name, text in re.findall(r"^### (otp [a-z -]+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
}


def find_commands(command, name="otp"):
    """Yield every command that runs something, with its full name."""
    for subcommand, subcommand_group in getattr(command, "commands", {}).items():
        yield from find_commands(subcommand_group, f"{name} {subcommand}")
    if not hasattr(command, "commands"):
        yield name, command


COMMANDS = dict(find_commands(get_command(app)))


def test_page_has_one_section_per_command():
    assert list(SECTIONS) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_section_begins_with_the_summary_of_the_help(name):
    sentence = " ".join(COMMANDS[name].help.split("\n\n")[0].split())
    arguments = [param for param in COMMANDS[name].params if param.param_type_name == "argument"]
    usage = "".join(f" {param.metavar}{'...' if param.nargs < 0 else ''}" for param in arguments)

    assert SECTIONS[name].startswith(f"`{name}{usage}`: {sentence}")
    assert re.search(
        rf"^\|.*\[`{name}`\]\(#{name.replace(' ', '-')}\) \| {re.escape(sentence)} \|$", PAGE, re.MULTILINE
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_section_lists_exactly_the_options(name):
    options = {param.opts[0] for param in COMMANDS[name].params if param.param_type_name == "option"}

    assert set(re.findall(r"\| `(--[a-z-]+)[ `]", SECTIONS[name])) == options


@pytest.mark.parametrize("name", COMMANDS)
def test_section_states_the_defaults(name):
    for param in COMMANDS[name].params:
        if param.param_type_name == "option" and not param.is_flag and param.default:
            row = re.search(rf"\| `{param.opts[0]} [^|]*\|[^|]*\|([^|]*)\|", SECTIONS[name])
            assert row[1].strip() == f"`{param.default}`"


@pytest.mark.parametrize("name", COMMANDS)
def test_section_ends_with_the_example_of_the_help(name):
    example = (COMMANDS[name].epilog or "").removeprefix("Example: ")

    assert example.startswith("otp ")
    assert SECTIONS[name].endswith(f"```sh {example} ```")


def test_page_lists_the_exit_codes():
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", PAGE, re.MULTILINE)

    assert {int(code): meaning for code, meaning in rows} == EXIT_CODES
