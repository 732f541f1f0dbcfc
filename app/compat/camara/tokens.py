"""Access tokens: JWTs (RFC 9068, EdDSA) that the keys of `/.well-known/jwks.json` verify."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from secrets import token_urlsafe

import jwt

from app.compat.camara.clients import Clients
from app.domain.api_key import Caller
from app.domain.keyring import Keyring

SCOPE = "one-time-password-sms:send-validate"
LIFETIME = 300
"""Seconds; a client asks for a new token in one call, and a token that leaks is worth little."""

_TYPE = "at+jwt"
_CLAIMS = ["iss", "aud", "sub", "exp", "client_key"]


@dataclass(frozen=True, slots=True)
class AccessTokens:
    """Issues and reads the tokens of one issuer for one API; `clock` returns seconds since 1970."""

    issuer: str
    audience: str
    keyring: Keyring
    clients: Clients
    clock: Callable[[], float]

    def issue(self, caller: Caller, *, scope: str = SCOPE) -> str:
        """Issue a token to a client; it names the key, so that it ends when the app no longer lists the key."""
        now, keys = int(self.clock()), self.keyring.newest
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": caller.app.name,
            "client_id": caller.app.name,
            "client_key": caller.key,
            "scope": scope,
            "iat": now,
            "exp": now + LIFETIME,
            "jti": token_urlsafe(16),
        }
        return jwt.encode(claims, keys.sign, algorithm="EdDSA", headers={"kid": keys.id, "typ": _TYPE})

    def read(self, token: str) -> Caller | None:
        """Return the caller of a valid token, with the purpose of its app if it has the scope; None for all else."""
        try:
            header = jwt.get_unverified_header(token)
            keys = self.keyring.all.get(header.get("kid", ""))
            if keys is None or header.get("typ") != _TYPE:
                return None
            claims = jwt.decode(
                token,
                keys.sign.public_key(),
                algorithms=["EdDSA"],
                audience=self.audience,
                issuer=self.issuer,
                options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False},  # by our own clock, below
            )
        except jwt.InvalidTokenError:
            return None  # forged, for another service, or not a token
        caller = self.clients.find(claims["sub"], claims["client_key"])
        if caller is None or claims["exp"] <= self.clock():
            return None
        purpose = self.clients.settings[caller.app.name].purpose
        return replace(caller, purposes=frozenset({purpose}) if SCOPE in claims["scope"].split() else frozenset())
