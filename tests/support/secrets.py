"""Secrets as an operator would set them."""

from base64 import urlsafe_b64encode
from hashlib import sha256


def make_secret(id):
    """Make the same 32 bytes for the same id, as OTP_SECRETS wants them."""
    return f"{id}:{urlsafe_b64encode(sha256(id.encode()).digest()).rstrip(b'=').decode()}"
