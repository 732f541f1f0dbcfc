"""Parse delivery reports; no field is trusted to have the documented type."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar
from urllib.parse import parse_qsl

import orjson

from app.domain.errors import InvalidRequest
from app.domain.gateway import Unsure
from app.domain.message import Report
from app.domain.status import Reason, Status
from app.gateways.report_verification import MAX_FIELDS

_Ours = TypeVar("_Ours", Status, Reason)
_MAX_WORD = 64
_MAX_TEXT = 255
_MAX_ENTRIES = 1000
_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,20})?")
_PRICE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,20})?(e-[0-9]{1,2})?")  # of one SMS; 1e-05 is how a float is written
_CURRENCY = re.compile("[A-Za-z_]{1,16}")
_DIGITS = frozenset("0123456789")


def invert(table: Mapping[_Ours, Sequence[str]]) -> dict[str, _Ours]:
    """Return a table vendor's value -> ours, from a table ours -> vendor's values."""
    return {word: ours for ours, words in table.items() for word in words}


def invert_codes(table: Mapping[_Ours, str]) -> dict[str, _Ours]:
    """Return the same table as `invert`, from codes that are written as one space-separated string."""
    return invert({ours: codes.split() for ours, codes in table.items()})


def read_json(body: bytes) -> list[object]:
    """Read a JSON list, or one object as a list of one; raises `InvalidRequest`."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        # The error's text and its cause quote the body, which may contain the text of the SMS.
        raise unreadable_report() from None
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [value]
    raise unreadable_report()


def read_form(body: bytes) -> dict[str, str]:
    """Read a form of at most 100 fields; raises `InvalidRequest`."""
    try:
        fields = parse_qsl(body.decode(), max_num_fields=MAX_FIELDS)
    except ValueError:  # not UTF-8, or too many fields
        raise unreadable_report() from None
    return flatten(dict(fields))


def read_json_or_form(body: bytes) -> list[object]:
    """Read JSON as `read_json`, or else a form as a list of one; the body shows which, not a header."""
    body = body.strip()
    return read_json(body) if body[:1] in {b"[", b"{"} else [read_form(body)]


def flatten(fields: Mapping[str, str]) -> dict[str, str]:
    """Rename `message[id]` to `id`: some vendors write nested fields of a form in this way."""
    return {name.rpartition("[")[2].removesuffix("]"): value for name, value in fields.items()}


def read_each(entries: Sequence[object], read: Callable[[Mapping[str, object]], Report | None]) -> list[Report]:
    """Read every entry and skip what `read` answers with `None`.

    Raises `InvalidRequest` if no entry can be read, and above 1,000 entries, which would block other
    requests. One unreadable entry must not lose the others: vendors repeat a rejected batch whole, or never.
    """
    if len(entries) > _MAX_ENTRIES:
        raise InvalidRequest(f"A call may report at most {_MAX_ENTRIES} messages.")
    reports = [report for entry in entries if isinstance(entry, dict) and (report := read(entry))]
    if entries and not reports:
        raise unreadable_report()
    return reports


def make_report(
    *,
    vendor_id: str,
    status: Status | None,
    word: str,
    code: str = "",
    reason: Reason | None,
    reference: str,
    recipient: str,
    price: str | None = None,
) -> Report | None:
    """Build a report in our terms; None without an id or a word. An unlisted status is `UNKNOWN`, never an error.

    Only a failure has the vendor's code and a reason; if the reason is expiry, its status is `EXPIRED`.
    """
    if not vendor_id or not word:
        return None
    status = status or Status.UNKNOWN
    if not status.is_failure:
        reason = None
    elif reason is None:
        reason = Reason.EXPIRED if status is Status.EXPIRED else Reason.UNKNOWN
    text = f"{word} {code}".strip() if reason else word
    return Report(
        vendor_id=vendor_id,
        status=Status.EXPIRED if reason is Reason.EXPIRED else status,
        word="".join(letter for letter in text if letter.isprintable())[:_MAX_WORD],
        reason=reason,
        reference=reference,
        recipient=only_digits(recipient),
        price=price or "",
    )


def first_text(entry: Mapping[str, object], *names: str) -> str:
    """Return the first of these fields that is a non-empty string or an integer, in at most 255 characters, or ""."""
    for name in names:
        value = entry.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.strip():
            return value.strip()[:_MAX_TEXT]
    return ""


def list_field(fields: Mapping[str, object], name: str) -> list[object]:
    """Return the list in a field; an empty one if there is none."""
    value = fields.get(name)
    return value if isinstance(value, list) else []


def first_item(fields: Mapping[str, object], name: str) -> str:
    """Return the first item of the list in a field as `first_text` does, or ""."""
    items = list_field(fields, name)
    return first_text({name: items[0]}, name) if items else ""


def segments(fields: Mapping[str, object], name: str) -> int | None:
    """Return the number of SMS segments, from 1 to 99; None if the vendor does not report it."""
    value = first_text(fields, name)
    return int(value) if re.fullmatch("[1-9][0-9]?", value) else None


def balance(fields: Mapping[str, object], *names: str, currency: str = "") -> str:
    """Return the balance in the first of these fields that holds one, with its currency; raises `Unsure` if none does.

    It is for `check` only. In `send`, `Unsure` means that the SMS may not have been sent, so it would be sent again.
    """
    for name in names:
        value = str(fields.get(name))
        if _AMOUNT.fullmatch(value):
            return _with_currency(value, currency)
    raise Unsure("The vendor answered without a balance.")


def price(*values: object, currency: str = "") -> str | None:
    """Return the sum of the prices of an SMS's segments, with its currency; None unless each value is a price.

    It raises nothing, because an SMS without a readable price was accepted all the same.
    """
    # Sums of floats end in digits like 0000000000002.
    texts = [str(round(value, 6) if isinstance(value, float) else value) for value in values]
    if not texts or not all(map(_PRICE.fullmatch, texts)):
        return None
    return _with_currency(f"{sum(map(Decimal, texts)):f}", currency)


def _with_currency(value: str, currency: str) -> str:
    return f"{value} {currency if _CURRENCY.fullmatch(currency) else ''}".strip()


def loggable(word: str, pattern: str) -> str:
    """Return a vendor's code or word if it has the form of one, else ""; any other text might quote the request."""
    return word if re.fullmatch(pattern, word) else ""


def only_digits(number: str) -> str:
    """Return the ASCII digits of a number, which is how reports are compared."""
    return "".join(letter for letter in number if letter in _DIGITS)


def unreadable_report() -> InvalidRequest:
    """Return the error for a report that cannot be read; it quotes nothing of the report."""
    return InvalidRequest("The report cannot be read.")


def object_at(value: object, *path: str | int) -> Mapping[str, object]:
    """Return the object at a path of field names and list indexes; an empty one if there is none."""
    for step in path:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and step < len(value) else None
    return value if isinstance(value, dict) else {}
