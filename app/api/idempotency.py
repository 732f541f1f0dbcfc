"""The header `Idempotency-Key`: how it is read and documented."""

import re
from typing import Annotated

from fastapi import Header
from starlette.datastructures import Headers

from app.domain.errors import InvalidRequest

_LONGEST = 255
_BARE = re.compile(r"[!#-\[\]-~](?:[ !#-\[\]-~]*[!#-\[\]-~])?")
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')  # an RFC 9651 string

IdempotencyKeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Yours, for one request: sent again with the same body, it is answered again, and done once. "
        "Quoted or bare, at most 255 characters; remembered for 24 h.",
        examples=['"8e03978e-40d5-43e8-bc93-6894a57f9324"'],
    ),
]
"""Documents the header in OpenAPI."""


def read_idempotency_key(headers: Headers) -> str:
    """Return the header's value, without its quotes; "" without the header.

    Raises `InvalidRequest` for two of them, for none of 1 to 255 printable ASCII characters, and for open quotes.
    """
    values = headers.getlist("idempotency-key")
    if not values:
        return ""
    if len(values) > 1:
        raise InvalidRequest("Send one Idempotency-Key.")
    value = values[0]
    quoted = _QUOTED.fullmatch(value)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else value
    if not (quoted or _BARE.fullmatch(value)) or not 1 <= len(key) <= _LONGEST:
        detail = f"Idempotency-Key has 1 to {_LONGEST} printable characters, in double quotes or bare."
        raise InvalidRequest(detail)
    return key
