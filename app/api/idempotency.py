"""The `Idempotency-Key` header: parsing and OpenAPI documentation."""

import re
from typing import Annotated

from fastapi import Depends, Header, Request
from starlette.datastructures import Headers

from app.domain.errors import InvalidRequest

_LONGEST = 255
_BARE = re.compile(r"[!#-\[\]-~](?:[ !#-\[\]-~]*[!#-\[\]-~])?")
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')  # an RFC 9651 string

IdempotencyKeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Your key for one request: a retry with the same key and body returns the same response, and the "
        "request is performed once. Quoted or bare, at most 255 characters; stored for 24 h.",
        examples=['"8e03978e-40d5-43e8-bc93-6894a57f9324"'],
    ),
]
"""Documents the header in OpenAPI."""


async def get_idempotency_key(request: Request, _: IdempotencyKeyHeader = None) -> str:
    """Return the Idempotency-Key of a request; "" without one."""
    return read_idempotency_key(request.scope["state"]["headers"])


IdempotencyKeyDep = Annotated[str, Depends(get_idempotency_key)]


def read_idempotency_key(headers: Headers) -> str:
    """Return the header's value without its quotes; "" without the header.

    Raises `InvalidRequest` for more than one header, for a value that is not 1 to 255 printable ASCII characters, and
    for unclosed quotes.
    """
    values = headers.getlist("idempotency-key")
    if not values:
        return ""
    if len(values) > 1:
        raise InvalidRequest("Send one Idempotency-Key.", [("header:Idempotency-Key", "It is sent more than once.")])
    value = values[0]
    quoted = _QUOTED.fullmatch(value)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else value
    if not (quoted or _BARE.fullmatch(value)) or not 1 <= len(key) <= _LONGEST:
        detail = f"Idempotency-Key has 1 to {_LONGEST} printable ASCII characters, with or without double quotes."
        raise InvalidRequest(detail, [("header:Idempotency-Key", detail)])
    return key
