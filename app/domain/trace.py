"""A trace of requests and of what became of them, as `otp guard replay` reads it: one JSON object a line."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from app.domain.address import Address, read_address
from app.domain.errors import InvalidRequest
from app.domain.guard import MILLIONTHS
from app.domain.numbering_plan import require_country
from app.domain.prices import MAX_PRICE

_BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_COUNTRY = re.compile(r"[A-Z]{2}|001")
_NO_COUNTRY = "001"  # of a number that belongs to none, such as +882
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_EXACT = 2**53  # above it, not every whole number is one of a double
_MAX_SECONDS = 10_000_000_000  # scripts keep moments in milliseconds, which are exact far beyond these 300 years
TraceId = str | int | float


class BadTraceLine(ValueError):
    """A line that cannot be read; the message says what is wrong with it, and quotes no value."""


class TraceOutcome(StrEnum):
    """What became of a request that was let through, or that was challenged."""

    PASSED = "passed"
    """The human check was solved."""
    APPROVED = "approved"
    WRONG = "wrong"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


@dataclass(slots=True, repr=False)
class TracedRequest:
    """A request for a code, or for a resend; `at` is seconds since the start. `repr()` does not show the number."""

    id: TraceId
    at: float
    number: str
    country: str
    address: Address | None
    app: str
    purpose: str
    cost: int | None  # millionths of the currency; None for that of the price table
    is_backend: bool
    device: bool
    resend: TraceId | None
    human: bool

    def is_to_same_number(self, other: "TracedRequest") -> bool:
        """Return whether both ask for a code of one app to one number, as a resend does."""
        return (self.app, self.number) == (other.app, other.number)


@dataclass(slots=True)
class TracedOutcome:
    """What became of the request with this id; `at` is seconds since the start."""

    id: TraceId
    at: float
    outcome: TraceOutcome


def read_trace_line(line: bytes, *, since: float = 0) -> TracedRequest | TracedOutcome:
    """Read one line, whose time is not before that of the last one; raises `BadTraceLine`."""
    read = _read_line(line)
    if read.at < since:
        raise BadTraceLine("`t` is earlier than on a line before.")
    return read


def _read_line(line: bytes) -> TracedRequest | TracedOutcome:
    if line.startswith(_BYTE_ORDER_MARKS):
        raise BadTraceLine("It begins with a byte order mark; save the trace as UTF-8 without one.")
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise BadTraceLine("It is not JSON.") from None
    if not isinstance(fields, dict):
        raise BadTraceLine("It is not a JSON object.")
    match fields.get("type"):
        case "request":
            return _read_request(fields)
        case "outcome":
            word = fields.get("outcome")
            if word not in tuple(TraceOutcome):
                raise BadTraceLine(f"`outcome` must be one of {', '.join(TraceOutcome)}.")
            return TracedOutcome(_id(fields), _time(fields), TraceOutcome(word))
        case _:
            raise BadTraceLine("`type` must be `request` or `outcome`.")


def _read_request(fields: Mapping[str, Any]) -> TracedRequest:
    caller, resend, address = fields.get("key", "publishable"), fields.get("resend"), fields.get("address")
    if caller not in ("publishable", "secret"):
        raise BadTraceLine("`key` must be `publishable` or `secret`.")
    if resend is not None:
        resend = _id(fields, "resend")
    read = read_address(address) if isinstance(address, str) else None
    if address is not None and read is None:
        raise BadTraceLine("`address` must be an IPv4 or IPv6 address.")
    return TracedRequest(
        id=_id(fields),
        at=_time(fields),
        number=_text(fields, "number", _E164, "a number in E.164 form, like +31612345678"),
        country=_country(fields),
        address=read,
        app=_text(fields, "app", _WORD, "the name of an app"),
        purpose=_text(fields, "purpose", _WORD, "a word, like login", default="login"),
        cost=_cost(fields.get("cost")),
        is_backend=caller == "secret",
        device=_switch(fields, "device"),
        resend=resend,
        human=_switch(fields, "human"),
    )


def _text(
    fields: Mapping[str, Any], name: str, form: re.Pattern[str], description: str, *, default: str | None = None
) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise BadTraceLine(f"`{name}` must be {description}.")
    return value


def _country(fields: Mapping[str, Any]) -> str:
    country = _text(fields, "country", _COUNTRY, "a country, like NL")
    if country != _NO_COUNTRY:
        try:
            require_country(country)
        except InvalidRequest as error:
            raise BadTraceLine(f"`country`: {error}") from None
    return country


def _switch(fields: Mapping[str, Any], name: str) -> bool:
    value = fields.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise BadTraceLine(f"`{name}` must be true or false.")
    return value


def _id(fields: Mapping[str, Any], name: str = "id") -> TraceId:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadTraceLine(f"`{name}` must be a string or a number.")
    if isinstance(value, float) and abs(value) > _EXACT:  # also a whole number of more than 64 bits
        raise BadTraceLine(f"`{name}` has more digits than a number keeps. Write it as a string.")
    return value


def _time(fields: Mapping[str, Any]) -> float:
    value = fields.get("t")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MAX_SECONDS:
        raise BadTraceLine(f"`t` must be a number of seconds, 0 to {_MAX_SECONDS:,}.")
    return float(value)


def _cost(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_PRICE:
        raise BadTraceLine(f"`cost` must be what the SMS costs in the currency of the prices, 0 to {MAX_PRICE:,}.")
    return round(value * MILLIONTHS)
