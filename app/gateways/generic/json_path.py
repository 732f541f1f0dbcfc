"""Paths to a value in a vendor's response or report.

- `messages.0.id`  in JSON: field names and list indexes from 0, joined by dots. In a form: the field's name.
- `Success "*"`    in a text that begins with the part before the star: the value up to the part after it.
- `HTTP`           the HTTP status of a response, like `403`.
- `?status`        in the address of a report: a query parameter.

`?status[,]` is a list in one text, separated by commas: a report call has one report for each part, and of a
response the first part counts. Alternatives are separated by ` | `.

Regular expressions are left out on purpose: a bad one can block a worker for hours, and no vendor's response needs one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_TEXT = 4096  # bytes of a plain text that are searched
_MAX_VALUE = 255
_MAX_PATH = 200
_MAX_ITEMS = 1000  # of a list; the rest stays one item, so that a long body costs little
HTTP = "HTTP"
_LIST = "[,]"  # behind a path: its value is a list, separated by commas


@dataclass(frozen=True, slots=True, repr=False)
class ResponseParts:
    """The parts of a response or a report: fields, text, query and status. No `repr`: it may contain the SMS."""

    fields: object = None
    text: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    status: str = ""


def find(path: str, parts: ResponseParts) -> str:
    """Return the first value at a path, as text of at most 255 characters; "" if there is none."""
    return next(iter(find_all(path, parts)), "")


def find_all(path: str, parts: ResponseParts) -> list[str]:
    """Return the values at all alternatives of a path, in their order."""
    return [found for part in _parts(path) for found in _texts_at(part, parts) if found]


def find_list(path: str, parts: ResponseParts) -> list[str] | None:
    """Return the list at the first alternative that has a value, with its empty parts; None if that is no list."""
    for part in _parts(path):
        found = _texts_at(part, parts)
        if any(found):
            return found if part.endswith(_LIST) else None
    return None


def parse_path(path: str) -> str:
    """Validate a path in a response: JSON, text or `HTTP`; "" means none. Raises `ValueError`."""
    return _checked(path, is_report=False)


def parse_report_path(path: str) -> str:
    """Validate a path in a report: JSON, a form or `?query`; "" means none. Raises `ValueError`."""
    return _checked(path, is_report=True)


def is_query_path(path: str) -> bool:
    """Return whether any alternative of a path is a query parameter."""
    return any(part.startswith("?") for part in _parts(path))


def is_list_path(path: str) -> bool:
    """Return whether any alternative of a path is a list separated by commas."""
    return any(part.endswith(_LIST) for part in _parts(path))


def _checked(path: str, *, is_report: bool) -> str:
    if len(path) > _MAX_PATH:
        raise ValueError(f"a path has at most {_MAX_PATH} characters")
    for part in (part.removesuffix(_LIST) for part in _parts(path)):
        is_query, is_text = part.startswith("?"), "*" in part or part == HTTP
        if part.count("*") > 1:
            raise ValueError("a path has at most one star")
        if is_report and is_text:
            raise ValueError("a path in a report is like data.id, or ?name for a query parameter")
        if not is_report and is_query:
            raise ValueError("a response has no query; write a path like data.0.id, or a text with a star")
        if not is_text and not all(part.removeprefix("?").split(".")):
            raise ValueError("write a path like data.0.id, without empty steps")
    return path


def _parts(path: str) -> list[str]:
    return [part.strip() for part in path.split("|")] if path else []


def _texts_at(part: str, parts: ResponseParts) -> list[str]:
    """Return the text at one alternative, or those of its list."""
    value = _value_at(part.removesuffix(_LIST), parts)
    if part.endswith(_LIST) and isinstance(value, str):
        return [_to_text(item) for item in value.split(",", _MAX_ITEMS)]
    return [_to_text(value)]


def _value_at(part: str, parts: ResponseParts) -> object:
    if part == HTTP:
        return parts.status
    if part.startswith("?"):
        return parts.query.get(part[1:])
    return _between(part, parts.text) if "*" in part else walk(part, parts.fields)


def _between(pattern: str, text: str) -> str:
    """Return the text at the star; "" if the text before or after it does not match."""
    before, _, after = pattern.partition("*")
    if not text.startswith(before):
        return ""
    found, end, _ = text[len(before) :].partition(after) if after else (text[len(before) :], "", "")
    return found if end == after else ""


def walk(path: str, fields: object) -> object:
    """Return the value at a dotted path of field names and list indexes; None if there is none."""
    for step in path.split("."):
        match fields:
            case dict():
                fields = fields.get(step)
            case list() if step.isdecimal() and int(step) < len(fields):
                fields = fields[int(step)]
            case _:
                return None
    return fields


def _to_text(value: object) -> str:
    """Convert a string, a number or a boolean to text of at most 255 characters; anything else becomes ""."""
    match value:
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return str(value).strip()[:_MAX_VALUE]
        case _:
            return ""
