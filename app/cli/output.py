"""How data look: columns and colours on a terminal; elsewhere a line for each fact, its cells parted by tabs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import typer
from rich.status import Status
from rich.table import Table
from rich.text import Text

from app.cli.run import err, out

Finding = tuple[str, str, str]  # a sign, what it is about, what is said of it
_SIGNS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "bad": ("✗", "red"), "note": ("", "")}


def is_terminal() -> bool:
    """Tell whether a person reads the data; colours are decided by rich, which knows NO_COLOR and TERM=dumb."""
    return out.file.isatty()


def show_facts(facts: Mapping[str, str]) -> None:
    """Print names and values that are copied: never broken, however narrow the window is."""
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        if is_terminal():
            out.print(Text.assemble((f"{name:<{width}}", "bold"), "  ", value))
        else:
            _plain(name, value)


def show_findings(findings: Iterable[Finding], *, width: int = 0) -> None:
    """Print findings; `width` keeps what is printed bit by bit in line."""
    if not is_terminal():
        for finding in findings:
            _plain(*finding)
        return
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(min_width=width, overflow="fold")
    table.add_column(overflow="fold")
    for sign, what, said in findings:
        table.add_row(Text(*_SIGNS[sign]), what, Text(said))
    out.print(table)


def show_rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows; people get a head, and the last cell of each, which is long, on a line below."""
    if not is_terminal():
        for row in rows:
            _plain(*row)
        return
    widths = [max(map(len, column)) for column in list(zip(head, *rows, strict=True))[:-1]]
    for number, row in enumerate([head, *rows]):
        *cells, last = row
        line = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        out.print(Text(line.rstrip(), "" if number else "bold"))
        out.print(Text(f"  {last}", "dim"))


def show_spinner(doing: str) -> Status:
    """Turn a spinner where complaints go, if that is a terminal; it leaves nothing behind."""
    return err.status(doing)


@contextmanager
def paused(spinner: Status) -> Iterator[None]:
    """Take the spinner away while data are printed."""
    spinner.stop()
    yield
    spinner.start()


def _plain(*cells: str) -> None:
    """Print a line as it is: rich would turn its tabs into spaces."""
    typer.echo("\t".join(" ".join(cell.split()) for cell in cells))
