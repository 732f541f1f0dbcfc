"""Parse the price table, a CSV or JSON file of `gateway,country,price`; each error names its line."""

import csv
import io
import json
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import phonenumbers

from app.domain.prices import ANY, MAX_PRICE, to_millionths
from app.settings.parsers import quote_country

COLUMNS = ("gateway", "country", "price")
_MAX_BYTES = 1_000_000
_MAX_NAMED = 5  # errors
_ABSURD_FACTOR = 100  # the dearest SMS of the world cost some ten times the usual ones
_MIN_ROWS = 3  # from which on a table has a usual price
_GATEWAY = re.compile(r"\*|[a-z][a-z0-9]*(_[a-z0-9]+)*")
_PRICE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,9})?")
_BEFORE_ENTRY = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=list)
_CSV_EXAMPLE = f"{','.join(COLUMNS)}, then a line like twilio,NL,0.0812"
_JSON_EXAMPLE = '[{"gateway": "twilio", "country": "NL", "price": 0.0812}]'


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One row: `price` is millionths of the currency, `place` where the file has it, like `line 3`."""

    place: str
    gateway: str
    country: str
    price: int


def read_prices(value: object) -> object:
    """Return the rows of a CSV or JSON file by its path, or of a document itself, which has several lines or is a list.

    Raises `ValueError` with up to five errors.
    """
    if not isinstance(value, str):
        return value
    is_document = "\n" in value or value.lstrip().startswith("[")
    text = value if is_document else _read_file(value)
    if not text.strip():
        raise ValueError(f"the file is empty; write {_CSV_EXAMPLE}")
    entries = _json_entries(text) if text.lstrip()[0] in "[{" else _csv_entries(text)
    rows, errors = _rows_of(entries)
    errors += _absurd_prices(rows)
    if errors:
        more = f"; and {len(errors) - _MAX_NAMED} more errors" if len(errors) > _MAX_NAMED else ""
        raise ValueError("; ".join(errors[:_MAX_NAMED]) + more)
    if not rows:
        raise ValueError(f"the file has no price; write {_CSV_EXAMPLE}")
    return tuple(rows)


def _read_file(path: str) -> str:
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:  # a ValueError for a path with a null byte
        raise ValueError("it is not the path of a readable CSV or JSON file") from error
    if len(content) > _MAX_BYTES:
        raise ValueError(f"the file has more than {_MAX_BYTES:,} bytes")
    if content.startswith(b"\xef\xbb\xbf"):
        raise ValueError("line 1 begins with a byte order mark; save the file as UTF-8 without one")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line} is not UTF-8; save the file as UTF-8") from error


def _csv_entries(text: str) -> Iterator[tuple[str, Sequence[str] | str]]:
    """Yield the place and the cells of each row, or its error; empty lines and those that begin with # are none."""
    # Comments become empty lines, so that the lines keep their numbers.
    lines = ("" if line.lstrip().startswith("#") else line for line in text.split("\n"))
    reader = csv.reader(io.StringIO("\n".join(lines)), strict=True)
    has_header = False
    try:
        for row in reader:
            cells, place = [cell.strip() for cell in row], f"line {reader.line_num}"
            if not any(cells):
                continue
            if not has_header:
                if tuple(cells) != COLUMNS:
                    raise ValueError(f"{place} must name the columns; write {_CSV_EXAMPLE}")
                has_header = True
            elif len(cells) != len(COLUMNS):
                yield place, f"has {len(cells)} columns; write {','.join(COLUMNS)}, and a price with a decimal point"
            else:
                yield place, cells
    except csv.Error:
        yield f"line {reader.line_num}", "is not valid CSV; look for a missing quotation mark"


def _json_entries(text: str) -> Iterator[tuple[str, Sequence[str] | str]]:
    """Yield the place and the values of each entry of a list of objects, or its error; numbers keep their digits."""
    try:
        entries = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not valid JSON at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise ValueError(f"it is not valid JSON; write it like {_JSON_EXAMPLE}") from error
    if not text.lstrip().startswith("["):
        raise ValueError(f"write a list like {_JSON_EXAMPLE}")
    lines = _entry_lines(text)
    for pairs in entries:
        place = f"line {next(lines)}"
        # A list of pairs is an object; sorted, because its fields have no order.
        is_object = isinstance(pairs, list) and all(isinstance(pair, tuple) for pair in pairs)
        if not is_object or sorted(name for name, _ in pairs) != sorted(COLUMNS):
            yield place, f"must have the fields {', '.join(COLUMNS)}, each once"
            continue
        fields = dict(pairs)
        values = ["" if fields[name] is None else fields[name] for name in COLUMNS]
        if all(isinstance(value, str) for value in values):
            yield place, values
        else:
            yield place, "must have a text, or a number as the price"


def _entry_lines(text: str) -> Iterator[int]:
    """Yield the line on which each entry of a JSON list begins; the text is valid JSON."""
    at = text.index("[") + 1
    while (start := _BEFORE_ENTRY.match(text, at)) and text[start.end()] != "]":
        yield text.count("\n", 0, start.end()) + 1
        _, at = _DECODER.raw_decode(text, start.end())


def _rows_of(entries: Iterator[tuple[str, Sequence[str] | str]]) -> tuple[list[PriceRow], list[str]]:
    """Return the rows without an error, and the errors."""
    rows: dict[tuple[str, str], PriceRow] = {}
    errors = []
    for place, cells in entries:
        if isinstance(cells, str):
            errors.append(f"{place} {cells}")
            continue
        gateway, country, price = cells
        error = _cell_error(gateway, country, price)
        if not error and (first := rows.get((gateway, country))):
            error = f"repeats {first.place}; keep one of them"
        if error:
            errors.append(f"{place} {error}")
        else:
            rows[gateway, country] = PriceRow(place, gateway, country, to_millionths(price))
    return list(rows.values()), errors


def _cell_error(gateway: str, country: str, price: str) -> str:
    """Return the error of a row, or ""; a wrong text is not quoted, since a file of secrets may be named by mistake."""
    missing = [name for name, cell in zip(COLUMNS, (gateway, country, price), strict=True) if not cell]
    if missing:
        return f"has no {missing[0]}; write * for any gateway or country"
    if not _GATEWAY.fullmatch(gateway):
        return "has no valid gateway; write its name in lower case, as in OTP_GATEWAYS__<NAME>, or *"
    if country != ANY and country not in phonenumbers.SUPPORTED_REGIONS:
        return f"names no country: {quote_country(country)}; write two capital letters, like NL, or *"
    return _price_error(price)


def _price_error(price: str) -> str:
    if _PRICE.fullmatch(price):
        return "has an absurd price" if Decimal(price) > MAX_PRICE else ""
    if price.startswith("-"):
        return "has a negative price"
    if "," in price:
        return "has a price with a comma; write a decimal point, like 0.0812"
    return "has no price; write a number like 0.0812"


def _absurd_prices(rows: Sequence[PriceRow]) -> list[str]:
    """Find prices that are so far above the others that their decimal point must be missing."""
    usual = statistics.median(row.price for row in rows) if len(rows) >= _MIN_ROWS else 0
    return [
        f"{row.place} has an absurd price, over {_ABSURD_FACTOR} times the usual one; look for a missing decimal point"
        for row in rows
        if usual and row.price > _ABSURD_FACTOR * usual
    ]
