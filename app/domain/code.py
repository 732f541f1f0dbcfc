"""The digits in the SMS: drawn from a salt and a key, never kept; what is kept is their digest."""

import unicodedata

from app.domain.errors import InvalidRequest
from app.domain.keyring import DerivedKeys, Mac

SALT_BYTES = 16


def derive_code(salt: bytes, *, verification: str, length: int, keys: DerivedKeys) -> str:
    """Draw the code that salt, verification and key stand for: every code is equally likely.

    A resend derives the same digits again, so neither Redis nor the queue ever holds them. Draws
    above the last whole multiple of 10^length are thrown away, for a plain remainder would favour
    small codes (NIST SP 800-63B-4 §3.1.3.2 asks for an unbiased source).
    """
    codes = 10**length
    limit = (1 << 64) // codes * codes
    for counter in range(256):
        seed = b"|".join((verification.encode(), bytes([counter]), salt))
        draw = int.from_bytes(keys.code.of(seed)[:8], "big")
        if draw < limit:
            return f"{draw % codes:0{length}d}"
    raise AssertionError("256 draws in a row were above the limit: the hash is broken")


def digest(code: str, *, app: str, verification: str, key: Mac) -> bytes:
    """Digest a code together with the app and the verification that it belongs to.

    Two people may be sent the same digits; their digests still differ.
    """
    return key.of(f"{app}|{verification}|{code}".encode())


def read_code(typed: str, *, length: int) -> str:
    """Read a code as people type it: spaces and dashes are ignored, all the world's digits count.

    Raises `InvalidRequest` for anything that is not exactly `length` digits then; nothing was spent.
    """
    code = clean_digits(typed)
    if len(code) != length or not code.isdecimal():
        detail = f"The code has exactly {length} digits."
        raise InvalidRequest(detail, [("/code", detail)])
    return code


def clean_digits(typed: str) -> str:
    """Drop spaces and dashes, and write every digit of the world as ours; what is no digit stays."""
    if typed.isascii() and typed.isdigit():
        return typed
    return "".join(str(unicodedata.decimal(letter, letter)) for letter in typed if not _is_ignored(letter))


def _is_ignored(letter: str) -> bool:
    """Tell whether it is a space or a dash, of any width; the minus sign is written like one."""
    return letter.isspace() or unicodedata.category(letter) == "Pd" or letter == "\N{MINUS SIGN}"
