"""Secrets in the format of the settings."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256


def make_secret(id):
    """Return the same 32-byte secret for the same id, in the format of OTP_SECRETS."""
    return f"{id}:{urlsafe_b64encode(sha256(id.encode()).digest()).rstrip(b'=').decode()}"


def derive_key(secret, purpose):
    """Derive the key of a purpose (HKDF, RFC 5869): extract with a salt of zeros, expand to one block."""
    extracted = hmac.digest(bytes(32), secret, sha256)
    return hmac.digest(extracted, b"otp/1/" + purpose + b"\x01", sha256)
