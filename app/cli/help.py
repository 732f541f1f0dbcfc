"""Plain help for pipes and files: the same groups, without boxes and colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperGroup

from app.cli.run import EXIT_CODES

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter  # Typer bundles click privately

RUN, INSPECT, OPERATE = "Run", "Inspect", "Operate"
EPILOG = "\n".join(
    [
        "\b",  # click keeps the line breaks of such a paragraph
        "Exit codes:",
        *(f"{code:>5}  {meaning}" for code, meaning in EXIT_CODES.items()),
        "",
        "\b",
        "Every command with examples: docs/operating/commands.md",
    ]
)
_MAX_HELP_LENGTH = 200


class Groups(TyperGroup):
    """A command group whose plain help lists commands by panel."""

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write each panel under its name; Typer would write all commands in one list."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for name, command in self.commands.items():
            group = getattr(command, "rich_help_panel", None)
            sentence = command.get_short_help_str(_MAX_HELP_LENGTH)
            groups.setdefault(group if isinstance(group, str) else "Commands", []).append((name, sentence))
        for group, rows in groups.items():
            with formatter.section(group):
                formatter.write_dl(rows)
