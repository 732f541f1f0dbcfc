"""How GatewayAPI signs its webhooks, after the chapter on the authentication token in its public REST documentation.

`X-Gwapi-Signature` is a JWT (HS256) by the token that was given with the webhook, and its payload is
the whole report: what stands in the body is signed by nobody. It tells no time at which it was made.
"""

from jwt import PyJWTError
from jwt.api_jws import PyJWS

_JWS = PyJWS(algorithms=["HS256"])  # and no other: neither `none`, nor one that the token itself asks for


def signed_payload(token: str, *, secret: str) -> bytes | None:
    """Give the payload of a token that was signed with this secret; None for any other."""
    try:
        payload = _JWS.decode(token, secret, algorithms=["HS256"])
    except (PyJWTError, UnicodeError):  # a UnicodeError is a header that is no text
        return None
    assert isinstance(payload, bytes)
    return payload
