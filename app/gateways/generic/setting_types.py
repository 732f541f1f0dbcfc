"""How the settings of this gateway are written: templates and tables as JSON, words by commas, places as text."""

import re
from collections.abc import Iterable
from typing import Annotated

import orjson
from pydantic import AfterValidator, BeforeValidator, Field

from app.domain.status import Reason, Status
from app.gateways.generic.json_path import parse_path, parse_report_path
from app.gateways.generic.template import TEXT, TEXT_BY_ALPHABET, placeholders

UNREACHABLE, UNSURE = "unreachable", "unsure"

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
WRITABLE = re.compile(r"[!-~]([ -~]*[!-~])?")  # what a header can carry
_FRAMING = {"host", "content-length", "transfer-encoding", "connection", "te", "upgrade"}
_LOGGABLE = re.compile("[A-Za-z ]{1,20}|[A-Z]{0,2}[0-9]{1,5}")  # like a vendor's word, and unlike a key


def _json(written: object) -> object:
    """Read JSON as an operator writes it; in a profile it is read already."""
    if not isinstance(written, str):
        return written
    try:
        return orjson.loads(written)
    except orjson.JSONDecodeError:
        raise ValueError('write it as JSON, like {"name": "value"}') from None


def _parse_words(written: object) -> object:
    """Read words by commas."""
    if not isinstance(written, str):
        return written
    return frozenset(word.strip().lower() for word in written.split(",") if word.strip())


def _template(template: dict[str, str]) -> dict[str, str]:
    """Refuse a template whose placeholders cannot be read."""
    placeholders(template)
    return template


def _body(template: object) -> object:
    """Refuse the same, and what is neither an object nor a list."""
    if template is not None and not isinstance(template, dict | list):
        raise ValueError("write an object, in braces, or a list, in brackets")
    placeholders(template)
    return template


def _headers(template: dict[str, str]) -> dict[str, str]:
    """Refuse headers that cannot be written, that the client writes itself, or that would hold a text."""
    for name, text in template.items():
        if not _HEADER.fullmatch(name) or not WRITABLE.fullmatch(text):
            raise ValueError("write headers in printable ASCII")
        if name.lower() in _FRAMING:
            raise ValueError(f"{name} is written by the client itself")
    if placeholders(template) & (TEXT | TEXT_BY_ALPHABET):
        raise ValueError("the text of an SMS cannot stand in a header")
    return template


def _meanings(words: Iterable[str]) -> AfterValidator:
    """Make a check that a table of a vendor's words gives each one of our words; its own words lose their capitals."""
    known = list(words)

    def check(table: dict[str, str]) -> dict[str, str]:
        for word, meaning in table.items():
            if meaning not in known:
                said = f"what {word} means" if _LOGGABLE.fullmatch(word) else "one of the meanings"
                raise ValueError(f"{said} is none of: {', '.join(known)}")
        return {word.strip().lower(): meaning for word, meaning in table.items()}

    return AfterValidator(check)


Fields = Annotated[dict[str, str], BeforeValidator(_json), AfterValidator(_template), Field(repr=False)]
Headers = Annotated[dict[str, str], BeforeValidator(_json), AfterValidator(_headers), Field(repr=False)]
Body = Annotated[object, BeforeValidator(_json), AfterValidator(_body), Field(repr=False)]
WordTable = Annotated[frozenset[str], BeforeValidator(_parse_words)]
JsonPath = Annotated[str, AfterValidator(parse_path)]
ReportPath = Annotated[str, AfterValidator(parse_report_path)]
Errors = Annotated[dict[str, str], BeforeValidator(_json), _meanings([*Reason, UNREACHABLE, UNSURE])]
Statuses = Annotated[dict[str, str], BeforeValidator(_json), _meanings(Status)]
Reasons = Annotated[dict[str, str], BeforeValidator(_json), _meanings(Reason)]
