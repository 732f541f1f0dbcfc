"""How Sinch signs its callbacks: an HMAC-SHA-256 over body, nonce and time, joined by dots, as base64.

After the vendor's client libraries and the vectors that they are tested with. For SMS, Sinch signs
only where its support has switched it on for the service plan.
"""

import hmac
import re
from base64 import b64encode

_GOOD_FOR = 300  # seconds; the vendor names none


def is_signed(body: bytes, *, nonce: str, timestamp: str, signature: str, secret: str, now: float) -> bool:
    """Tell whether Sinch signed this body, at most five minutes from `now`, which is seconds since 1970."""
    if not re.fullmatch("[0-9]{1,12}", timestamp) or abs(now - int(timestamp)) > _GOOD_FOR:
        return False
    if not nonce or "." in nonce:  # with a dot in it, one could cut the body and call the rest the nonce
        return False
    signed = b".".join((body, nonce.encode("utf-8", "surrogatepass"), timestamp.encode()))
    expected = b64encode(hmac.digest(secret.encode(), signed, "sha256"))
    return hmac.compare_digest(signature.encode("utf-8", "surrogatepass"), expected)
