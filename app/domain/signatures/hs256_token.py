"""A JSON Web Token in a header, signed by HMAC-SHA-256 with a shared secret (RFC 7519, RFC 7515)."""

from collections.abc import Mapping
from math import nan

import jwt

MIN_SECRET_LENGTH = 32  # characters; RFC 7518 §3.2
_MAX_AGE = 300  # seconds since `iat`, either way
_LEEWAY = 60  # seconds between two clocks, for `exp` and `nbf`


def read_claims(token: str, secret: str, *, audience: str, now: float) -> Mapping[str, object] | None:
    """Return the claims of a token that was signed with this secret and is valid now; None for any other token.

    `now` is in seconds since 1970. The token must have `exp` or `iat`: it is valid until a minute after `exp`, from a
    minute before `nbf`, and for five minutes before and after `iat`. If it has an `aud`, that must be or contain
    `audience` (RFC 7519 §4.1.3). The other claims are not checked.
    """
    # PyJWT would read the system clock; here `now` is an argument. The algorithm is never the token's choice.
    options: jwt.types.Options = {
        "verify_exp": False,
        "verify_nbf": False,
        "verify_iat": False,
        "verify_aud": False,
        "verify_sub": False,
        "verify_jti": False,
    }
    try:
        claims: Mapping[str, object] = jwt.decode(token, secret, algorithms=["HS256"], options=options)
    except (jwt.InvalidTokenError, UnicodeError):  # UnicodeError: the header is not UTF-8
        return None
    return claims if _is_current(claims, now=now) and _is_for(claims, audience) else None


def _is_current(claims: Mapping[str, object], *, now: float) -> bool:
    """Return whether `now` is within each time that the claims name."""
    if "exp" not in claims and "iat" not in claims:
        return False  # it would be valid forever
    expires, begins, issued = (_time(claims.get(name, now)) for name in ("exp", "nbf", "iat"))
    return begins - _LEEWAY <= now < expires + _LEEWAY and abs(now - issued) <= _MAX_AGE


def _time(claim: object) -> float:
    """Return a time in seconds since 1970; NaN, which no comparison accepts, for what is no number."""
    return float(claim) if isinstance(claim, int | float) and not isinstance(claim, bool) else nan


def _is_for(claims: Mapping[str, object], audience: str) -> bool:
    """Return whether a token without `aud`, or with this one, is meant for us."""
    named = claims.get("aud", audience)
    return audience in named if isinstance(named, list) else named == audience
