"""How Telnyx signs its webhooks, after its public page on receiving them.

`telnyx-signature-ed25519` is the base64 of an Ed25519 signature over the value of `telnyx-timestamp`
(seconds since 1970), a bar, and the body as it was sent. The account's public key stands in its portal.
"""

import re
from base64 import b64decode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_FEWEST_DIFFERENT_BYTES = 8
GOOD_FOR = 300  # seconds, either way; the vendor's own libraries allow as much


def read_key(text: str) -> Ed25519PublicKey:
    """Read a public key as the portal shows it, 32 bytes in base64; raises `ValueError`.

    The few points of small order, for which anybody can sign, consist of hardly any different bytes.
    """
    key = b64decode(text, validate=True)
    if len(set(key)) < _FEWEST_DIFFERENT_BYTES:
        raise ValueError("this is no key")
    return Ed25519PublicKey.from_public_bytes(key)


def is_signed(body: bytes, *, signature: str, timestamp: str, key: Ed25519PublicKey, now: float) -> bool:
    """Tell whether the account's own Telnyx sent this body, within the last minutes."""
    if not re.fullmatch("[0-9]{1,12}", timestamp) or abs(now - int(timestamp)) > GOOD_FOR:
        return False
    try:
        key.verify(b64decode(signature, validate=True), timestamp.encode() + b"|" + body)
    except (InvalidSignature, ValueError):  # a ValueError is a signature that is no base64
        return False
    return True
