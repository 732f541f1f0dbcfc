"""Verify delivery reports: the token of their address, and the bounds of a signed form."""

from pydantic import SecretStr

from app.domain.signatures.comparison import is_same

MAX_SIGNED_BODY = 16 * 1024  # bytes of a signed form; it is read before its signature is verified
MAX_FIELDS = 100  # of a form


def is_token(given: str, expected: SecretStr | None) -> bool:
    """Compare the token of a report address in constant time; if none is expected, `given` must be empty."""
    return is_same(given, expected.get_secret_value().encode() if expected else b"")
