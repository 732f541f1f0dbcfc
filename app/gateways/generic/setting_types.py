"""Field types of the generic gateway's settings: templates and tables as JSON, comma-separated lists, and paths."""

import re
from collections.abc import Iterable
from string import Formatter
from typing import Annotated

import orjson
from pydantic import AfterValidator, BeforeValidator, Field

from app.domain.status import Reason, Status
from app.gateways.generic.json_path import parse_path, parse_report_path
from app.gateways.generic.template import CONTENT, placeholders
from app.settings.parsers import pattern

UNREACHABLE, UNSURE = "unreachable", "unsure"

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
WRITABLE = re.compile(r"[!-~]([ -~]*[!-~])?")  # what a header can carry
_FRAMING = {"host", "content-length", "transfer-encoding", "connection", "te", "upgrade"}
_SIGNED = {"body", "url", "method"}
_LOGGABLE = re.compile("[A-Za-z ]{1,20}|[A-Z]{0,2}[0-9]{1,5}")  # looks like a vendor's word, and not like a key


def _json(value: object) -> object:
    """Parse JSON from an environment variable; a profile's value is already parsed."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise ValueError('write it as JSON, like {"name": "value"}') from None


def _parse_words(value: object) -> object:
    """Split a comma-separated list."""
    if not isinstance(value, str):
        return value
    return frozenset(word.strip().lower() for word in value.split(",") if word.strip())


def _template(template: dict[str, str]) -> dict[str, str]:
    """Reject a template with invalid placeholders."""
    placeholders(template)
    return template


def _body(template: object) -> object:
    """Reject a body template with invalid placeholders, and one that is neither an object nor a list."""
    if template is not None and not isinstance(template, dict | list):
        raise ValueError("write an object, in braces, or a list, in brackets")
    placeholders(template, is_body=True)
    return template


def _headers(template: dict[str, str]) -> dict[str, str]:
    """Reject invalid headers, those that the HTTP client sets itself, and those with the text or the code."""
    for name, text in template.items():
        if not _HEADER.fullmatch(name) or not WRITABLE.fullmatch(text):
            raise ValueError("write headers in printable ASCII")
        if name.lower() in _FRAMING:
            raise ValueError(f"{name} is set by the HTTP client")
    if placeholders(template) & CONTENT:
        raise ValueError("a header cannot contain the text or the code of an SMS")
    return template


def _signed_parts(text: str) -> str:
    """Reject what an HMAC cannot be over, and what leaves out the body or the address: it would sign any report."""
    try:
        pieces = [piece for piece in Formatter().parse(text) if piece[1] is not None]
    except ValueError:
        raise ValueError("a brace is unbalanced; write a literal brace twice, like {{") from None
    for _, name, header, conversion in pieces:
        is_readable = _HEADER.fullmatch(header or "") if name == "header" else name in _SIGNED and not header
        if not is_readable or conversion:
            raise ValueError("write {body}, {url}, {method} and {header:X-Name}, with any text between them")
    if not {"body", "url"} & {name for _, name, _, _ in pieces}:
        raise ValueError("{body} or {url} must be signed")
    return text


def _meanings(words: Iterable[str]) -> AfterValidator:
    """Return a validator of a table vendor's value -> our value; it lower-cases the vendor's values."""
    known = list(words)

    def check(table: dict[str, str]) -> dict[str, str]:
        for word, meaning in table.items():
            if meaning not in known:
                subject = f"what {word} means" if _LOGGABLE.fullmatch(word) else "one of the meanings"
                raise ValueError(f"{subject} is none of: {', '.join(known)}")
        return {word.strip().lower(): meaning for word, meaning in table.items()}

    return AfterValidator(check)


Fields = Annotated[dict[str, str], BeforeValidator(_json), AfterValidator(_template), Field(repr=False)]
Headers = Annotated[dict[str, str], BeforeValidator(_json), AfterValidator(_headers), Field(repr=False)]
Body = Annotated[object, BeforeValidator(_json), AfterValidator(_body), Field(repr=False)]
WordTable = Annotated[frozenset[str], BeforeValidator(_parse_words)]
Value = Annotated[str, pattern(r"([!-~]([ -~]{0,98}[!-~])?)?", "give at most 100 printable ASCII characters")]
Scope = Annotated[str, pattern(r"[ -~]{0,500}", "give at most 500 printable ASCII characters")]
SignedParts = Annotated[str, AfterValidator(_signed_parts)]
JsonPath = Annotated[str, AfterValidator(parse_path)]
ReportPath = Annotated[str, AfterValidator(parse_report_path)]
Errors = Annotated[dict[str, str], BeforeValidator(_json), _meanings([*Reason, UNREACHABLE, UNSURE])]
Statuses = Annotated[dict[str, str], BeforeValidator(_json), _meanings(Status)]
Reasons = Annotated[dict[str, str], BeforeValidator(_json), _meanings(Reason)]
