"""Codes: derived from a salt and a key, never stored; only their digest is stored."""

from collections.abc import Callable

from app.domain.errors import InvalidRequest
from app.domain.keyring import DerivedKeys, Mac
from app.domain.typed_text import clean_typed

SALT_BYTES = 16
RandomBytes = Callable[[int], bytes]
"""Returns that many random bytes; the system's secure source everywhere but in tests."""


def derive_code(salt: bytes, *, verification: str, length: int, keys: DerivedKeys) -> str:
    """Derive the code for a salt, a verification and a key; every code is equally likely.

    A resend derives the same digits again, so neither Redis nor the queue ever holds them. Draws
    above the last whole multiple of 10^length are rejected, because a plain remainder would favour
    small codes (NIST SP 800-63B-4 §3.1.3.2 requires an unbiased source).
    """
    code_count = 10**length
    limit = (1 << 64) // code_count * code_count
    for counter in range(256):
        seed = b"|".join((verification.encode(), bytes([counter]), salt))
        draw = int.from_bytes(keys.code.of(seed)[:8], "big")
        if draw < limit:
            return f"{draw % code_count:0{length}d}"
    raise AssertionError("256 draws in a row were above the limit: the hash is broken")


def digest(code: str, *, app: str, verification: str, key: Mac) -> bytes:
    """Return the digest of a code, bound to its app and verification.

    Two recipients may get the same digits; their digests still differ.
    """
    return key.of(f"{app}|{verification}|{code}".encode())


def read_code(typed: str, *, length: int) -> str:
    """Parse a code as users type it: spaces and dashes are ignored, decimal digits of every script are accepted.

    Raises `InvalidRequest` if the rest is not exactly `length` digits; no attempt is spent.
    """
    code = clean_digits(typed)
    if len(code) != length or not code.isdecimal():
        detail = f"The code has exactly {length} digits."
        raise InvalidRequest(detail, [("/code", detail)])
    return code


def clean_digits(typed: str) -> str:
    """Drop spaces, dashes and format characters, and convert digits of every script to ASCII; other characters stay."""
    if typed.isascii() and typed.isdigit():
        return typed
    return clean_typed(typed).replace(" ", "").replace("-", "")
