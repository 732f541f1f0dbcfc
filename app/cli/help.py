"""Help where it is no terminal: the same groups, without boxes and colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperGroup

from app.cli.run import EXIT_CODES

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter  # Typer hides the click that it carries

RUN, LOOK, OPERATE = "Run", "Look", "Operate"
EPILOG = "\n".join(
    [
        "\b",  # these lines stay as they are
        "Exit codes:",
        *(f"{code:>5}  {meaning}" for code, meaning in EXIT_CODES.items()),
        "",
        "\b",
        "Every command with examples: docs/commands.md",
    ]
)
_LONGEST = 200


class Groups(TyperGroup):
    """A list of commands that is grouped in plain text too."""

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write each group under its name; Typer would put all under one."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for name, command in self.commands.items():
            group = getattr(command, "rich_help_panel", None)
            sentence = command.get_short_help_str(_LONGEST)
            groups.setdefault(group if isinstance(group, str) else "Commands", []).append((name, sentence))
        for group, rows in groups.items():
            with formatter.section(group):
                formatter.write_dl(rows)
