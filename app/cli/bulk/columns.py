"""Read the header of a file, and each row as the fields that a body of `POST /v1/messages` has."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.cli.bulk.csv_rows import NUMBER_COLUMNS, BadFile
from app.domain.message_texts import MessagePolicy, variables_of

CONTENT_COLUMNS = ("text", "template", "code")
_FIELDS = (*CONTENT_COLUMNS, "country", "purpose", "locale", "reference", "subject", "send_at", "ttl")
_VALUE = "values."
_NAME = re.compile(r"[a-z][a-z0-9_. -]{0,40}")
_LONGEST_TTL = 9  # digits: a longer number is refused as text
_AS_WRITTEN = ("text", _VALUE)  # spaces around them are part of the SMS


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field of a row is; `defaults` are the fields of rows that do not set them."""

    number: int
    fields: Sequence[tuple[int, str]]
    defaults: Mapping[str, str]
    variables: Mapping[str, frozenset[str]]  # of each of the app's texts

    def fields_of(self, cells: Sequence[str]) -> dict[str, Any]:
        """Return the fields of a row but its number; an empty cell is a field that is not given."""
        fields: dict[str, Any] = dict(self.defaults)
        values = {}
        for place, name in self.fields:
            cell = cells[place] if name.startswith(_AS_WRITTEN) else cells[place].strip()
            if cell and name.startswith(_VALUE):
                values[name.removeprefix(_VALUE)] = cell
            elif cell:
                fields[name] = cell
        if "template" in fields:
            known = self.variables.get(fields["template"], frozenset())
            fields["values"] = {name: value for name, value in values.items() if name in known}
        ttl = fields.get("ttl", "")
        if ttl.isascii() and ttl.isdigit() and len(ttl) <= _LONGEST_TTL:
            fields["ttl"] = int(ttl)
        return fields


def read_columns(
    header: Sequence[str], defaults: Mapping[str, str], policy: MessagePolicy, *, ignored: Sequence[str] = ()
) -> Columns:
    """Read a header; `defaults` are the fields that the command gives all rows, `ignored` are columns to leave out.

    A column that is no field must be a variable of a text that the rows may have; `values.order` is the variable
    `order` too, for one that has the name of a field. Raises `BadFile`.
    """
    variables = {name: _variables(policy, name) for name in policy.texts}
    known = _known_variables(header, defaults, variables)
    used = [(place, name) for place, name in enumerate(header) if name and name not in ignored]
    numbers = [place for place, name in used if name in NUMBER_COLUMNS]
    if len(numbers) != 1:
        raise BadFile("One column must have the numbers: phone_number, or to.")
    fields = [(place, _field(name, place, known)) for place, name in used if place not in numbers]
    names = [name for _, name in fields]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadFile(f"Two columns have the same name: {', '.join(twice)}.")
    given = [name for name in CONTENT_COLUMNS if name in defaults]
    if len(given) > 1:
        raise BadFile("--text and --template exclude each other: use one of them.")
    if given and (clash := [name for name in CONTENT_COLUMNS if name in names]):
        raise BadFile(f"--{given[0]} is for all rows, and the file has the column {clash[0]}: use one of them.")
    if not given and not set(CONTENT_COLUMNS).intersection(names):
        raise BadFile("There is nothing to send: add the column text, template or code, or give --text or --template.")
    return Columns(numbers[0], fields, defaults, variables)


def _known_variables(
    header: Sequence[str], defaults: Mapping[str, str], variables: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Return the variables that columns may have: those of the text of all rows, or of any text."""
    template = defaults.get("template")
    if template is None:
        return frozenset[str]().union(*variables.values()) if "template" in header else frozenset()
    if template not in variables:
        offered = f" The app has {', '.join(sorted(variables))}." if variables else " Add it to its message_texts."
        raise BadFile(f"The app has no text of the name that --template gives.{offered}")
    return variables[template]


def _field(name: str, place: int, variables: frozenset[str]) -> str:
    if name in _FIELDS:
        return name
    variable = name.removeprefix(_VALUE)
    if variable in variables:
        return f"{_VALUE}{variable}"
    # A file without a header begins with a number, which no message may quote.
    shown = f"The column {name}" if _NAME.fullmatch(name) else f"Column {place + 1}"
    raise BadFile(f"{shown} is no field and no variable of the text: rename it, or leave it out by --ignore.")


def _variables(policy: MessagePolicy, name: str) -> frozenset[str]:
    return frozenset[str]().union(*(variables_of(text) for text in policy.texts[name].values()))
