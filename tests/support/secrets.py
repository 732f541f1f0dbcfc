"""Secrets as an operator would set them."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256


def make_secret(id):
    """Make the same 32 bytes for the same id, as OTP_SECRETS wants them."""
    return f"{id}:{urlsafe_b64encode(sha256(id.encode()).digest()).rstrip(b'=').decode()}"


def draw_key(secret, purpose):
    """Draw a purpose's key by hand (HKDF, RFC 5869): extract with a salt of zeros, expand to one block."""
    extracted = hmac.digest(bytes(32), secret, sha256)
    return hmac.digest(extracted, b"otp/1/" + purpose + b"\x01", sha256)
