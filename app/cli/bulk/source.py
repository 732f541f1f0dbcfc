"""The file that is sent: opened once, known by its digest, and locked so that one command sends it."""

import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.cli.bulk.csv_rows import BadFile, CsvRows


@dataclass(frozen=True, slots=True)
class Source:
    """An open file, its rows and its SHA-256."""

    path: Path
    rows: CsvRows
    sha256: str
    descriptor: int
    version: tuple[int, int]

    def is_changed(self) -> bool:
        """Return whether the file was written since it was opened."""
        return _version(self.descriptor) != self.version


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a file within the block; raises `BadFile` for one that cannot be read, or that is being sent."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.") from error
    with file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise BadFile("The rows must be in a file, which is read twice: once to check it, and once to send it.")
        _lock(file)
        version = _version(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        yield Source(path, CsvRows(file), digest, file.fileno(), version)


def _lock(file: BinaryIO) -> None:
    """Lock the file until it is closed; the system unlocks those of a killed process."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise BadFile("Another command reads this file at the moment.") from error


def _version(descriptor: int) -> tuple[int, int]:
    facts = os.fstat(descriptor)
    return facts.st_size, facts.st_mtime_ns
