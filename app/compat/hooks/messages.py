"""Read the body of a verified call into the request of a message."""

import codecs
import json
import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import Headers

from app.compat.hooks.hook import Hook
from app.domain.address import Address, read_address
from app.domain.code import clean_digits
from app.domain.errors import InvalidPhoneNumber, InvalidRequest
from app.domain.hook import Pointers
from app.domain.ip_ranges import IpRanges
from app.domain.json_pointer import find
from app.domain.outgoing_message import Content, FreeText, MessageRequest, OwnCode, is_own_code
from app.domain.request_context import IdempotencyScope, RequestContext
from app.domain.typed_text import clean_typed
from app.domain.verification import PURPOSE

SAME_MESSAGE_S = 60
"""Seconds within which the same code or text for the same number is a repetition."""

_FORM = "application/x-www-form-urlencoded"
_MAX_FIELDS = 200  # of a form
_MAX_PLAIN = 128  # characters of a reference or a subject, as in our own bodies
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,3}")
_DIGITS = re.compile(r"[0-9 ().-]+")


def read_document(headers: Headers, body: bytes) -> object:
    """Parse a body, JSON unless it is declared as a form; raises `InvalidRequest`.

    A vendor's body may have any fields, and the same one twice.
    """
    if headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM:
        try:
            return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS))
        except ValueError:  # not UTF-8, or too many fields
            raise InvalidRequest("The form cannot be read.") from None
    try:
        return orjson.loads(body.removeprefix(codecs.BOM_UTF8))
    except orjson.JSONDecodeError:
        raise InvalidRequest("The body is not JSON.") from None


def read_message(
    hook: Hook, document: object, *, private: IpRanges, now: float, request_id: str, traceparent: str
) -> MessageRequest:
    """Build the request of a message; `now` is in seconds since 1970, `private` has addresses that no person has.

    Raises `InvalidRequest` for a body without a number, or without a code or a text. A value that is optional and not
    valid is left out: its sender cannot correct it.
    """
    fields = hook.fields
    number, content = _number(fields.phone_number, document), _content(hook, document)
    locale = _text(fields.locale, document)
    subject = _plain(fields.subject, document)
    call = RequestContext(
        hook.app,
        address=_address(_text(fields.client_ip, document), private),
        key=hook.caller.key,
        idempotency=_scope(hook, number, content, _plain(fields.idempotency_key, document)),
        request_id=request_id,
        traceparent=traceparent,
    )
    return MessageRequest(
        call=call,
        recipients=[number],
        country=None,
        content=content,
        purpose=_purpose(hook, _text(fields.purpose, document)),
        reference=_plain(fields.reference, document) or None,
        day=datetime.fromtimestamp(now, UTC).date(),
        languages=(locale,) if _LANGUAGE.fullmatch(locale) else (),
        subjects=(subject,) if subject else (),
        ttl=hook.ttl,
    )


def _number(pointers: Pointers, document: object) -> str:
    """Return the number in international form: several senders leave out its plus."""
    for pointer in pointers:
        value = find(pointer, document)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and (number := clean_typed(value)):
            return f"+{number}" if _DIGITS.fullmatch(number) and not number.startswith("00") else number
    raise InvalidPhoneNumber("The body has no number.")


def _content(hook: Hook, document: object) -> Content:
    """Return the code for our text, or else the sender's text."""
    texts = [find(pointer, document) for pointer in hook.fields.code]
    codes = [clean_digits(text) for text in texts if isinstance(text, str)]
    code = next(filter(is_own_code, codes), "")
    if code:
        return OwnCode(code)
    text = _text(hook.fields.text, document)
    if text:
        return FreeText(text)
    raise InvalidRequest("The body has no code of 4 to 10 digits, and no text.")


def _scope(hook: Hook, number: str, content: Content, id: str) -> IdempotencyScope:
    """Return what identifies a repetition: the sender's id of the call, else number and content for a minute."""
    sent = content.code if isinstance(content, OwnCode) else content.text if isinstance(content, FreeText) else ""
    body = json.dumps([number, type(content).__name__, sent])
    if id:
        return IdempotencyScope(f"hook|{hook.name}|id|{id}", body)
    return IdempotencyScope(f"hook|{hook.name}|same|{body}", body, SAME_MESSAGE_S)


def _purpose(hook: Hook, word: str) -> str:
    if hook.purposes is not None:
        return hook.purposes.get(word, hook.purpose)
    return word if re.fullmatch(PURPOSE, word) else hook.purpose


def _address(text: str, private: IpRanges) -> Address | None:
    address = read_address(text)
    return None if address is None or address in private else address


def _plain(pointers: Pointers, document: object) -> str:
    """Return a reference, a subject or an id; "" for one that is too long or has control characters."""
    text = _text(pointers, document)
    return text if len(text) <= _MAX_PLAIN and _PRINTABLE.fullmatch(text) else ""


def _text(pointers: Pointers, document: object) -> str:
    """Return the first text that is there and not blank; anything but a text is passed over."""
    values = (find(pointer, document) for pointer in pointers)
    return next((value for value in values if isinstance(value, str) and value.strip()), "")
