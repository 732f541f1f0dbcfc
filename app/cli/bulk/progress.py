"""How far a file is sent, stored beside it, so that a run that was stopped or killed goes on where it was."""

import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import orjson

from app.cli.bulk.csv_rows import BadFile

_VERSION = 1


@dataclass(slots=True)
class Progress:
    """One run over a file; `rows` are those whose outcome is known: accepted, or refused."""

    sha256: str  # of the file
    options: str  # digest of what else decides what is sent
    app: str
    run: int = 1  # how often the whole file is sent
    rows: int = 0
    accepted: int = 0
    refused: int = 0
    refused_bytes: int = 0  # of the file of refused rows
    state: str = "sending"  # or `stopped`, after Ctrl-C, or `finished`
    at: int = 0  # when it was stored, seconds since 1970


def progress_path(file: Path) -> Path:
    """Return where the progress of a file is stored."""
    return file.with_name(f"{file.name}.progress")


def read_progress(path: Path) -> Progress | None:
    """Read a stored progress; None without one. Raises `BadFile` for one that cannot be read."""
    try:
        stored = orjson.loads(path.read_bytes())
        names = {field.name for field in fields(Progress)}
        if stored["version"] == _VERSION:
            return Progress(**{name: value for name, value in stored.items() if name in names})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise _unreadable(path) from error
    raise _unreadable(path)


def write_progress(path: Path, progress: Progress, *, now: float) -> None:
    """Store a progress; a process that is killed meanwhile leaves the earlier one."""
    progress.at = round(now)
    unnamed = path.with_name(f"{path.name}.new")
    unnamed.write_bytes(orjson.dumps({"version": _VERSION, **asdict(progress)}, option=orjson.OPT_INDENT_2))
    os.replace(unnamed, path)  # noqa: PTH105  the same, and says that it replaces


def _unreadable(path: Path) -> BadFile:
    return BadFile(
        f"{path.name} cannot be read. Delete it to begin at the first row: "
        "what was sent in the last three days is not sent again."
    )
