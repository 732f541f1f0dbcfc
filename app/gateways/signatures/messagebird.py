"""How MessageBird signs what it sends: a JWT with hashes of the address and of the body.

After the vendor's own client libraries and the cases that they are tested with. The key is the
account's signing key, which is not its access key. The token lives for a minute.
"""

import hashlib
import hmac
from collections.abc import Mapping

import jwt

_ALGORITHMS = ["HS256", "HS384", "HS512"]
_REQUIRED = ["iss", "nbf", "exp", "url_hash"]
_ISSUER = "MessageBird"
_LEEWAY = 1  # seconds between two clocks, as the vendor's libraries allow


def is_signed(token: str, *, url: str, body: bytes, key: str, now: float) -> bool:
    """Tell whether MessageBird made this token for this call, just now; `now` is seconds since 1970.

    `url` is the public address with its query, each letter as the vendor wrote it.
    """
    # The library would look at a clock of its own; `now` is an argument here.
    options: jwt.types.Options = {"require": _REQUIRED, "verify_exp": False, "verify_nbf": False, "verify_iat": False}
    try:
        claims = jwt.decode(token, key, algorithms=_ALGORITHMS, issuer=_ISSUER, options=options)
    except (jwt.InvalidTokenError, UnicodeError):  # the second: a header that is no UTF-8
        return False
    if not _is_current(claims, now) or not _is_hash(claims["url_hash"], url.encode("utf-8", "surrogatepass")):
        return False
    payload_hash = claims.get("payload_hash")
    return _is_hash(payload_hash, body) if body else not payload_hash


def _is_current(claims: Mapping[str, object], now: float) -> bool:
    begins, ends = claims["nbf"], claims["exp"]
    if not isinstance(begins, int | float) or not isinstance(ends, int | float):
        return False
    return begins - _LEEWAY <= now < ends + _LEEWAY


def _is_hash(claim: object, signed: bytes) -> bool:
    """Compare a claim with the SHA-256, in hexadecimal, of what it is about."""
    given = claim.encode("utf-8", "surrogatepass") if isinstance(claim, str) else b""
    return hmac.compare_digest(given, hashlib.sha256(signed).hexdigest().encode())
