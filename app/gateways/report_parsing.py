"""How reports are read, whoever sent them: nothing in them is trusted to have its shape."""

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import parse_qsl

import orjson
from pydantic import SecretStr

from app.domain.errors import InvalidRequest
from app.domain.gateway import Unsure
from app.domain.message import Report
from app.domain.status import Reason, Status

_Ours = TypeVar("_Ours", Status, Reason)
_MAX_WORD = 64
_MAX_TEXT = 255
_MAX_FIELDS = 100
_MAX_ENTRIES = 1000
_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,20})?")
_CURRENCY = re.compile("[A-Za-z_]{1,16}")
_DIGITS = frozenset("0123456789")


def invert(table: Mapping[_Ours, Sequence[str]]) -> dict[str, _Ours]:
    """Turn a table of ours -> the vendor's words into one to look a vendor's word up in."""
    return {word: ours for ours, words in table.items() for word in words}


def invert_codes(table: Mapping[_Ours, str]) -> dict[str, _Ours]:
    """Do the same for words without spaces, written one behind the other."""
    return invert({ours: codes.split() for ours, codes in table.items()})


def is_token(given: str, expected: SecretStr | None) -> bool:
    """Compare the last part of a report address in constant time; where none is expected, there must be none."""
    secret = expected.get_secret_value() if expected else ""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), secret.encode())


def read_json(body: bytes) -> list[object]:
    """Read a JSON list, or one object as a list of one; raises `InvalidRequest`."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        # Its text and its cause quote the body, which may hold the text of the SMS.
        raise unreadable_report() from None
    if isinstance(said, list):
        return said
    if isinstance(said, dict):
        return [said]
    raise unreadable_report()


def read_form(body: bytes) -> dict[str, str]:
    """Read a form of at most 100 fields; raises `InvalidRequest`."""
    try:
        fields = parse_qsl(body.decode(), max_num_fields=_MAX_FIELDS)
    except ValueError:  # not UTF-8, or too many fields
        raise unreadable_report() from None
    return flatten(dict(fields))


def flatten(fields: Mapping[str, str]) -> dict[str, str]:
    """Read `message[id]` as `id`: a form cannot nest, and some vendors write what was nested so."""
    return {name.rpartition("[")[2].removesuffix("]"): value for name, value in fields.items()}


def read_each(entries: Sequence[object], read: Callable[[Mapping[str, object]], Report | None]) -> list[Report]:
    """Read every entry and skip what `read` answers with `None`.

    Raises `InvalidRequest` if nothing is left, and above 1,000 entries, which would hold everybody
    else up. One odd entry must not cost the others: vendors repeat a refused batch whole, or never.
    """
    if len(entries) > _MAX_ENTRIES:
        raise InvalidRequest(f"A call may report at most {_MAX_ENTRIES} messages.")
    reports = [report for entry in entries if isinstance(entry, dict) and (report := read(entry))]
    if entries and not reports:
        raise unreadable_report()
    return reports


def make_report(
    *, vendor_id: str, status: Status, word: str, code: str = "", why: Reason | None, reference: str, recipient: str
) -> Report:
    """Write a report in our words; the vendor's code and the reason stand with a failure alone.

    What a vendor tells as failed because its time ran out is expired.
    """
    if not status.is_failure:
        why = None
    elif why is None:
        why = Reason.EXPIRED if status is Status.EXPIRED else Reason.UNKNOWN
    return Report(
        vendor_id=vendor_id,
        status=Status.EXPIRED if why is Reason.EXPIRED else status,
        word=clean_word(f"{word} {code}".strip() if why else word),
        reason=why,
        reference=reference,
        recipient=only_digits(recipient),
    )


def first_text(entry: Mapping[str, object], *names: str) -> str:
    """Give the first of these fields that holds a text or a whole number, as text of at most 255; else nothing."""
    for name in names:
        value = entry.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.strip():
            return value.strip()[:_MAX_TEXT]
    return ""


def segments(fields: Mapping[str, object], name: str) -> int | None:
    """Tell of how many SMS a message is made, where the vendor does: from 1 to 99."""
    said = first_text(fields, name)
    return int(said) if re.fullmatch("[1-9][0-9]?", said) else None


def amount(fields: Mapping[str, object], *names: str, currency: str = "") -> str:
    """Say how much an account has left, for an operator to read; raises `Unsure` where the vendor did not say."""
    for name in names:
        value = str(fields.get(name))
        if _AMOUNT.fullmatch(value):
            return f"{value} {currency if _CURRENCY.fullmatch(currency) else ''}".strip()
    raise Unsure("The vendor answered without a balance.")


def clean_word(said: str) -> str:
    """Keep what can be printed of a vendor's word, and at most 64 characters of that."""
    return "".join(letter for letter in said if letter.isprintable())[:_MAX_WORD]


def only_digits(number: str) -> str:
    """Strip a number of everything but its digits, as reports are compared."""
    return "".join(letter for letter in number if letter in _DIGITS)


def unreadable_report() -> InvalidRequest:
    """Make the error for a report that nobody can read; it quotes nothing."""
    return InvalidRequest("The report cannot be read.")


def inside(said: object, *path: str | int) -> Mapping[str, object]:
    """Follow names and places to an object; give an empty one where the way ends."""
    for step in path:
        if isinstance(step, str):
            said = said.get(step) if isinstance(said, dict) else None
        else:
            said = said[step] if isinstance(said, list) and step < len(said) else None
    return said if isinstance(said, dict) else {}
