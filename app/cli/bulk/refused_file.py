"""The CSV file of refused rows: their lines and reasons, without numbers and texts."""

import csv
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from app.cli.bulk.csv_rows import BadFile
from app.cli.bulk.row_requests import RefusedRow

HEADER = ("line", "code", "columns", "detail")
_FIRST_LINE = f"{','.join(HEADER)}\n"


class RefusedFile:
    """Appends refused rows to a file, which is created with the first one. Call `close` at the end."""

    def __init__(self, path: Path, *, kept: int) -> None:
        """Cut an earlier file to the bytes that belong to finished lists; 0 deletes it.

        Raises `BadFile` for a file that is not one of refused rows, and for one that cannot be changed.
        """
        self.path = path
        self._file: TextIO | None = None
        with _named_errors(path):
            if path.exists():
                _require_own(path)
                if kept:
                    os.truncate(path, min(kept, path.stat().st_size))
                else:
                    path.unlink()

    def add(self, rows: Iterable[RefusedRow]) -> int:
        """Write rows in the order of their lines, and return how long the file is now, in bytes."""
        new = sorted(rows, key=lambda row: row.line)
        if self._file is None and not new:
            return self.path.stat().st_size if self.path.exists() else 0
        with _named_errors(self.path):
            if self._file is None:
                self._file = self.path.open("a", encoding="utf-8", newline="")
                if not self._file.tell():
                    self._file.write(_FIRST_LINE)
            cells = ((row.line, row.code, row.columns, row.detail) for row in new)
            csv.writer(self._file, lineterminator="\n").writerows(cells)
            self._file.flush()
            return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()


def _require_own(path: Path) -> None:
    with path.open("rb") as file:
        if file.readline(len(_FIRST_LINE)) != _FIRST_LINE.encode():
            raise BadFile(f"{path.name} exists and is no list of refused rows: name another file by --refused.")


@contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadFile(f"{path.name} cannot be written: {error.strerror}.") from error
