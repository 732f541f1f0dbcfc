"""CSV files as spreadsheets and databases write them, and as they are broken."""

import pytest

from app.cli.bulk.csv_rows import BadFile, CsvRows


@pytest.fixture
def rows_of(tmp_path):
    """Return the rows of a file: the line of each, with its cells or its error."""

    def read(content):
        path = tmp_path / "rows.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with path.open("rb") as file:
            return [(row.line, row.error or list(row.cells)) for row in CsvRows(file)]

    return read


A, B = ["+31612345678", "Hello"], ["+31687654321", "Bye"]
PLAIN = "phone_number,text\n+31612345678,Hello\n+31687654321,Bye\n"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace("phone_number", " Phone_Number "),
        PLAIN.replace("Hello", '"Hello"'),
        PLAIN.rstrip("\n"),
    ],
    ids=["plain", "bom", "crlf", "cr", "semicolon", "tab", "capitals", "quotes", "no last line break"],
)
def test_files_of_different_programs_have_the_same_rows(rows_of, content):
    assert rows_of(content) == [(2, A), (3, B)]


def test_line_of_excel_that_names_the_separator_is_skipped(rows_of):
    assert rows_of("sep=;\r\n" + PLAIN.replace(",", ";")) == [(3, A), (4, B)]


def test_quoted_cell_may_hold_separators_quotes_and_line_breaks(rows_of):
    assert rows_of('to,text\n+316,"a, b; ""c""\r\nd"\n+317,e\n') == [
        (2, ["+316", 'a, b; "c"\r\nd']),
        (4, ["+317", "e"]),
    ]


def test_empty_lines_are_skipped_and_counted(rows_of):
    """A spreadsheet writes an empty line as separators."""
    assert rows_of("\n\nto,text\n\n+316,a\n,\n ,  \n+317,b\n\n") == [(5, ["+316", "a"]), (8, ["+317", "b"])]


@pytest.mark.parametrize("content", ["", "\n\n", "+31612345678,Hello\n", "number,text\n+316,a\n"])
def test_missing_header_is_refused_without_quoting_the_file(rows_of, content):
    with pytest.raises(BadFile, match="The first line must name the columns: phone_number") as refused:
        rows_of(content)

    assert "316" not in str(refused.value)


def test_utf_16_is_refused_with_the_fix(rows_of):
    with pytest.raises(BadFile, match="UTF-16: save it as “CSV UTF-8”"):
        rows_of(PLAIN.encode("utf-16"))


def test_row_that_is_not_utf_8_is_refused_alone(rows_of):
    (line, error), other = rows_of(b"to,text\n+316,caf\xe9\n+317,b\n")

    assert (line, error) == (2, "It is not UTF-8: save the file as “CSV UTF-8”.")
    assert other == (3, ["+317", "b"])


@pytest.mark.parametrize(
    ("row", "cells"), [("+316", 1), ("+316,a,b", 3), ("+316,Hello, friend", 3)], ids=["few", "many", "unquoted comma"]
)
def test_row_with_other_cells_than_the_header_is_refused_alone(rows_of, row, cells):
    """Its text would be cut, or another column would be taken for it."""
    (line, error), other = rows_of(f"to,text\n{row}\n+317,b\n")

    assert line == 2
    assert error.startswith(f"The row has {cells} cells, and the header 2")
    assert other == (3, ["+317", "b"])


def test_empty_cells_beyond_the_header_are_left_out(rows_of):
    assert rows_of("to,text\n+316,a,,\n") == [(2, ["+316", "a", "", ""])]


@pytest.mark.parametrize("following", [1, 5, 300])
def test_quote_that_is_never_closed_takes_no_other_row(rows_of, following):
    rest = [f"+317{number},b" for number in range(following)]

    (line, error), *others = rows_of("\n".join(['to,text\n+316,"a', *rest]))

    assert (line, error[:35]) == (2, "A quote is opened and not closed: c")
    assert others == [(number, row.split(",")) for number, row in enumerate(rest, start=3)]


def test_overlong_row_is_refused_alone(rows_of):
    """However long a line is, one row of it is in memory at most."""
    (line, error), other = rows_of(f"to,text\n+316,{'a' * 100_000}\n+317,b\n")

    assert (line, error) == (2, "The row has more than 16384 characters.")
    assert other == (3, ["+317", "b"])


def test_each_iteration_begins_at_the_first_row(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(PLAIN)
    with path.open("rb") as file:
        rows = CsvRows(file)
        assert [row.cells for row in rows] == [row.cells for row in rows] == [A, B]
