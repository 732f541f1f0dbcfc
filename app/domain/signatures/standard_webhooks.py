"""Standard Webhooks 1.0: an HMAC-SHA-256 over id, time and body, in the headers of a call.

Source: the specification at https://github.com/standard-webhooks/standard-webhooks. Its Python library is not
used, because it reads the clock itself and so cannot be tested at a given time.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping

from app.domain.signatures.comparison import is_recent, is_same

_PREFIX = "whsec_"
_MIN_KEY_LENGTH = 24  # bytes, by the specification
_VERSION = "v1"  # the symmetric scheme; signatures of other versions are ignored


def is_signed(
    secrets: Iterable[str], headers: Mapping[str, str], body: bytes, *, now: float, prefix: str = "webhook"
) -> bool:
    """Return whether a call was signed with one of these secrets.

    `secrets` are as `read_key` accepts them, more than one during a rotation. Names in `headers` are in lower case, and
    begin with `prefix`: Svix has its own. `body` is as it was received. `now` is in seconds since 1970; a signature is
    valid for five minutes before and after its time. The header may hold several signatures, separated by spaces.
    """
    id, timestamp = headers.get(f"{prefix}-id", ""), headers.get(f"{prefix}-timestamp", "")
    # A dot in the id would let the end of an id become the time of an older signature.
    if not id or "." in id or not is_recent(timestamp, now=now):
        return False
    signed = f"{id}.{timestamp}.".encode("utf-8", "surrogatepass") + body
    # Supabase separates signatures by ", ", the specification by a space.
    given = [one.removesuffix(",") for one in headers.get(f"{prefix}-signature", "").split(" ")]
    expected = [_signature(secret, signed) for secret in secrets]
    return any(is_same(one, signature) for signature in expected for one in given)


def read_key(secret: str) -> bytes:
    """Return the key of a secret in base64, with or without its prefix `whsec_`; raises `ValueError`."""
    try:
        key = b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    if len(key) < _MIN_KEY_LENGTH:
        raise ValueError("Give the signing secret as the vendor shows it: whsec_ and at least 32 letters of base64.")
    return key


def _signature(secret: str, signed: bytes) -> bytes:
    return f"{_VERSION},".encode() + b64encode(hmac.digest(read_key(secret), signed, "sha256"))
