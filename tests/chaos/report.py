"""One row of a table for each scenario, as an operator reads it."""

_HEAD = [
    "scenario",
    "seed",
    "logins (accepted)",
    "errors that users saw, of all calls",
    "accepted and lost",
    "second SMS",
    "double approvals",
    "uncounted guesses",
    "other broken promises",
    "lost as declared",
    "recovered after",
    "slowest SMS",
]


class Row:
    """The figures of one scenario."""

    def __init__(self, name, seed, ledger):
        broken = ledger.broken()
        lost, approvals, guesses = (
            broken.pop(name, 0) for name in ("accepted and lost", "double approval", "uncounted guess")
        )
        errors = [
            f"{count}x {status or ''} {code}".replace("  ", " ") for (status, code), count in ledger.errors().items()
        ]
        accepted = sum(login.is_accepted for login in ledger.logins)
        self.cells = [
            name,
            seed,
            f"{len(ledger.logins)} ({accepted})",
            f"{', '.join(sorted(errors)) or 'none'}, of {len(ledger.calls)}",
            lost,
            ledger.duplicates(),
            approvals,
            guesses,
            _counts(broken),
            _counts(ledger.lost_by_design()),
            f"{ledger.recovery_s():.1f} s",
            f"{ledger.slowest_sms_s():.1f} s",
        ]

    def __str__(self):
        return "\n".join(f"{title}: {cell}" for title, cell in zip(_HEAD, self.cells, strict=True))


def write_row(path, row):
    """Append the row to the table of this run, and print it for `pytest -rP`."""
    if not path.exists():
        path.write_text(_line(_HEAD) + _line(["---"] * len(_HEAD)))
    with path.open("a") as table:
        table.write(_line(row.cells))
    print(f"{row}\ntable: {path}")  # noqa: T201  the result of the run


def _line(cells):
    return f"| {' | '.join(map(str, cells))} |\n"


def _counts(counter):
    return ", ".join(f"{count}x {name}" for name, count in sorted(counter.items())) or "none"
