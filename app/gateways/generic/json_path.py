"""Where a value stands in what a vendor says.

- `messages.0.id`  in JSON, step by step; a number counts in a list, from 0. In a form: the field's name.
- `Success "*"`    in a text that begins so: what stands for the star, up to what stands behind it.
- `HTTP`           the status of an answer, like `403`.
- `?status`        in the address of a report: a part of its query.

Several may be given, with ` | ` between them. There are no patterns on purpose: a bad one can hold up a
worker for hours, and no vendor's answer needs one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_TEXT = 4096  # bytes of a plain text that are looked at
_LONGEST = 255
_MAX_PATH = 200
HTTP = "HTTP"


@dataclass(frozen=True, slots=True, repr=False)
class ResponseParts:
    """What a vendor said: JSON or a form, or a plain text; it does not print itself, for it may hold the SMS."""

    fields: object = None
    text: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    status: str = ""


def find(place: str, said: ResponseParts) -> str:
    """Give the first thing that stands at a place, as text of at most 255; "" where nothing does."""
    return next(iter(find_all(place, said)), "")


def find_all(place: str, said: ResponseParts) -> list[str]:
    """Give all that stands at the alternatives of a place, in their order."""
    return [found for part in _parts(place) if (found := _plain(_at(part, said)))]


def parse_path(place: str) -> str:
    """Check where something stands in an answer: JSON, text or `HTTP`; "" is nowhere."""
    return _checked(place, is_report=False)


def parse_report_path(place: str) -> str:
    """Check where something stands in a report: JSON, a form or `?query`; "" is nowhere."""
    return _checked(place, is_report=True)


def is_query_path(place: str) -> bool:
    """Tell whether some alternative of a place is a part of the address."""
    return any(part.startswith("?") for part in _parts(place))


def _checked(place: str, *, is_report: bool) -> str:
    if len(place) > _MAX_PATH:
        raise ValueError(f"a place has at most {_MAX_PATH} characters")
    for part in _parts(place):
        is_query, is_text = part.startswith("?"), "*" in part or part == HTTP
        if part.count("*") > 1:
            raise ValueError("a place has one star")
        if is_report and is_text:
            raise ValueError("a place in a report is a path like data.id, or ?name for a part of its query")
        if not is_report and is_query:
            raise ValueError("an answer has no query; write a path like data.0.id, or a text with a star")
        if not is_text and not all(part.removeprefix("?").split(".")):
            raise ValueError("write a path like data.0.id, without empty steps")
    return place


def _parts(place: str) -> list[str]:
    return [part.strip() for part in place.split("|")] if place else []


def _at(part: str, said: ResponseParts) -> object:
    if part == HTTP:
        return said.status
    if part.startswith("?"):
        return said.query.get(part[1:])
    return _between(part, said.text) if "*" in part else walk(part, said.fields)


def _between(pattern: str, text: str) -> str:
    """Read what stands for the star; nothing where the text does not begin or go on as written."""
    before, _, after = pattern.partition("*")
    if not text.startswith(before):
        return ""
    found, end, _ = text[len(before) :].partition(after) if after else (text[len(before) :], "", "")
    return found if end == after else ""


def walk(path: str, fields: object) -> object:
    """Go down a path of names and of places in lists."""
    for step in path.split("."):
        match fields:
            case dict():
                fields = fields.get(step)
            case list() if step.isdecimal() and int(step) < len(fields):
                fields = fields[int(step)]
            case _:
                return None
    return fields


def _plain(value: object) -> str:
    """Make a text, a number or a yes or no to text; all else is nothing."""
    match value:
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return str(value).strip()[:_LONGEST]
        case _:
            return ""
