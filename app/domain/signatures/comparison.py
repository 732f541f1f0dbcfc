"""What the signatures of several vendors have in common: HMACs, their time, and comparison in constant time."""

import hmac
import re
from base64 import b64encode

_MAX_AGE = 300  # seconds between a signature's time and now, either way


def is_same(given: str, expected: bytes) -> bool:
    """Compare a signature or a secret from a call in constant time; `given` may hold any characters."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected)


def base64_hmac(secret: str, signed: bytes, algorithm: str) -> bytes:
    """Return the base64 of an HMAC under a secret."""
    return b64encode(hmac.digest(secret.encode(), signed, algorithm))


def hex_hmac(secret: str, signed: bytes, algorithm: str) -> bytes:
    """Return an HMAC under a secret in hexadecimal, in lower case."""
    return hmac.digest(secret.encode(), signed, algorithm).hex().encode()


def is_recent(timestamp: str, *, now: float) -> bool:
    """Return whether a time in whole seconds since 1970 is at most five minutes before or after `now`."""
    return re.fullmatch("[0-9]{1,12}", timestamp) is not None and abs(now - int(timestamp)) <= _MAX_AGE
