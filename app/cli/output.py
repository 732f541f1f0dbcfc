"""Output formats: columns and colours on a terminal; elsewhere one line per fact, with tab-separated cells."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import typer
from rich.status import Status
from rich.table import Table
from rich.text import Text

from app.cli.run import err, out

Finding = tuple[str, str, str]  # severity, subject, message
_SIGNS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "bad": ("✗", "red"), "note": ("", "")}


def is_terminal() -> bool:
    """Return whether stdout is a terminal; rich decides about colours by NO_COLOR and TERM=dumb."""
    return out.file.isatty()


def show_facts(facts: Mapping[str, str]) -> None:
    """Print names and values to copy: never wrapped, even in a narrow window."""
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        if is_terminal():
            out.print(Text.assemble((f"{name:<{width}}", "bold"), "  ", value))
        else:
            _print_plain(name, value)


def show_findings(findings: Iterable[Finding], *, width: int = 0) -> None:
    """Print findings; `width` aligns the columns of several calls."""
    if not is_terminal():
        for finding in findings:
            _print_plain(*finding)
        return
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(min_width=width, overflow="fold")
    table.add_column(overflow="fold")
    for severity, subject, message in findings:
        table.add_row(Text(*_SIGNS[severity]), subject, Text(message))
    out.print(table)


def show_rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows; a terminal gets a header, and the long last cell of each row on a line below."""
    if not is_terminal():
        for row in rows:
            _print_plain(*row)
        return
    widths = [max(map(len, column)) for column in list(zip(header, *rows, strict=True))[:-1]]
    for number, row in enumerate([header, *rows]):
        *cells, last = row
        line = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        out.print(Text(line.rstrip(), "" if number else "bold"))
        out.print(Text(f"  {last}", "dim"))


def show_spinner(activity: str) -> Status:
    """Show a spinner on stderr, if that is a terminal; it is erased when it stops."""
    return err.status(activity)


@contextmanager
def paused(spinner: Status) -> Iterator[None]:
    """Hide the spinner while data is printed."""
    spinner.stop()
    yield
    spinner.start()


def _print_plain(*cells: str) -> None:
    """Print a raw line: rich would replace its tabs by spaces."""
    typer.echo("\t".join(" ".join(cell.split()) for cell in cells))
