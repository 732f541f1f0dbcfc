"""Read a CSV file as spreadsheets and databases write it: row by row, each with the line where it begins."""

import csv
import os
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TextIO

NUMBER_COLUMNS = ("phone_number", "to")
_SEPARATORS = ",;\t"
_MOST_LINES, _MOST_CHARACTERS = 100, 16_384  # of a row: a quote that is never closed takes no more
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_NOT_UTF8 = "It is not UTF-8: save the file as “CSV UTF-8”."
_UNCLOSED = "A quote is opened and not closed: close it, or write a quote inside of a cell twice."


class BadFile(Exception):
    """The file as a whole cannot be sent; the message says what to fix, and quotes no cell."""


@dataclass(frozen=True, slots=True, repr=False)
class CsvRow:
    """One row: the line where it begins, from 1, and its cells; or why it cannot be read."""

    line: int
    cells: Sequence[str] = ()
    error: str = ""


class CsvRows:
    """The rows of a file below its header; each iteration reads the file from its start, in constant memory.

    The separator is a comma, a semicolon or a tab, whichever the header has; Excel's line `sep=;` may stand before it.
    Empty lines are skipped. Raises `BadFile` for a file without a header.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.columns = self._read_header(_Lines(self._open()))

    def __iter__(self) -> Iterator[CsvRow]:
        """Yield each row that is not empty; one that cannot be read has an error, and the next line begins a new one.

        Where a quote is never closed, each line that it would take is read as a separate row.
        """
        lines = _Lines(self._open())
        self._read_header(lines)
        reader = self._reader(lines)
        while True:
            line = lines.begin_row()
            try:
                cells = next(reader, None)
            except _Unclosed:
                lines.put_back_all_but_first()
                reader = self._reader(lines)
                yield CsvRow(line, error=_UNCLOSED)
                continue
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield CsvRow(line, cells, self._error_of(cells, lines))

    def _open(self) -> TextIO:
        """Open the file at its start; what is not UTF-8 becomes a lone surrogate."""
        os.lseek(self._file.fileno(), 0, os.SEEK_SET)
        return open(self._file.fileno(), encoding="utf-8-sig", errors="surrogateescape", newline="", closefd=False)

    def _reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        return csv.reader(lines, delimiter=self._separator)

    def _read_header(self, lines: "_Lines") -> tuple[str, ...]:
        """Read the names of the columns, in lower case."""
        if os.pread(self._file.fileno(), 2, 0) in _UTF16:
            raise BadFile("The file is UTF-16: save it as “CSV UTF-8”.")
        first = _first_text(lines)
        if first.lower().startswith("sep=") and first[4:5] in _SEPARATORS:
            first = _first_text(lines)
        for separator in _SEPARATORS:
            columns = tuple(cell.strip().lower() for cell in next(csv.reader([first], delimiter=separator), []))
            if set(NUMBER_COLUMNS).intersection(columns):
                self._separator = separator
                return columns
        raise BadFile("The first line must name the columns: phone_number, and others such as text or reference.")

    def _error_of(self, cells: Sequence[str], lines: "_Lines") -> str:
        if lines.characters > _MOST_CHARACTERS:
            return f"The row has more than {_MOST_CHARACTERS} characters."
        if not _is_unicode(cells):
            return _NOT_UTF8
        expected = len(self.columns)
        if len(cells) < expected or any(cell.strip() for cell in cells[expected:]):
            return f"The row has {len(cells)} cells, and the header {expected}: put a cell with a separator in quotes."
        return ""


class _Unclosed(Exception):
    """A row takes too many lines, or the file ends within it."""


class _Lines:
    """The lines of a file for a CSV reader, which may be put back; an overlong one is cut."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._returned: deque[str] = deque()
        self._taken: list[str] = []
        self._line = 0
        self.characters = 0  # of the row

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self._taken) >= _MOST_LINES or (self._taken and self.characters > _MOST_CHARACTERS):
            raise _Unclosed
        line = self._returned.popleft() if self._returned else self._read()
        if not line:
            if self._taken:
                raise _Unclosed
            raise StopIteration
        self._taken.append(line)
        self._line += 1
        self.characters += len(line)
        return line

    def begin_row(self) -> int:
        """Begin a row, and return the number of its first line."""
        self._taken, self.characters = [], 0
        return self._line + 1

    def put_back_all_but_first(self) -> None:
        """Let the next rows begin at the line after the first one of this row."""
        returned = self._taken[1:]
        self._returned.extendleft(reversed(returned))
        self._line -= len(returned)

    def _read(self) -> str:
        line = self._file.readline(_MOST_CHARACTERS + 1)
        end = line
        while len(end) > _MOST_CHARACTERS and not end.endswith(("\n", "\r")):
            end = self._file.readline(_MOST_CHARACTERS + 1)
        return line if end is line else f"{line}\n"


def _first_text(lines: _Lines) -> str:
    """Return the next line that is not empty; "" at the end."""
    while True:
        lines.begin_row()
        line = next(lines, "")
        if not line or line.strip():
            return line


def _is_unicode(cells: Sequence[str]) -> bool:
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return False
    return True
