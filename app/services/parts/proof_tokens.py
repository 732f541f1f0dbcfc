"""Sign the proof that an approval returns, and verify one."""

from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.domain.keyring import Keyring, write_short

TYPE = "phone-verification+jwt"


@dataclass(frozen=True, slots=True)
class ProofSigner:
    """The issuer, the lifetime in seconds (at most 600), and whether `sub` is the number or a pairwise name."""

    issuer: str
    lifetime: int
    pairwise: bool


@dataclass(slots=True, repr=False)
class ProofClaims:
    """The values that a proof states; `at` is seconds since 1970."""

    app: str
    e164: str
    at: int
    jti: str
    purpose: str
    reference: str
    verification: str
    is_test: bool


def sign_proof(claims: ProofClaims, *, signer: ProofSigner, keyring: Keyring) -> tuple[str, int]:
    """Sign a proof as a JWT (EdDSA, RFC 8037, typed by RFC 8725); return it and its expiry in seconds since 1970."""
    expires_at = claims.at + signer.lifetime
    body: dict[str, Any] = {
        "iss": signer.issuer,
        "aud": claims.app,
        "sub": keyring.pairwise(claims.app, claims.e164) if signer.pairwise else claims.e164,
        "iat": claims.at,
        "exp": expires_at,
        "jti": claims.jti,
        "purpose": claims.purpose,
        "verification_id": claims.verification,
        "amr": ["test" if claims.is_test else "sms"],
        "assurance": "restricted",  # NIST SP 800-63B-4 §3.1.3.3: the telephone network is a restricted authenticator
    }
    if claims.reference:
        body["nonce"] = claims.reference
    keys = keyring.newest
    return jwt.encode(body, keys.sign, "EdDSA", {"kid": keys.id, "typ": TYPE}), expires_at


def read_proof(proof: str, *, app: str, signer: ProofSigner, keyring: Keyring) -> dict[str, Any] | None:
    """Return the claims of a proof that we signed for this app and that has not expired; None for all else."""
    try:
        header = jwt.get_unverified_header(proof)
        keys = keyring.all.get(header.get("kid", ""))
        if keys is None or header.get("typ") != TYPE:
            return None
        return jwt.decode(
            proof,
            keys.sign.public_key(),
            algorithms=["EdDSA"],
            audience=app,
            issuer=signer.issuer,
            # Signed at Redis' time, which may be ahead of this machine's: a future `iat` must not fail.
            options={"require": ["exp", "iat", "jti", "aud", "iss", "sub"], "verify_iat": False},
        )
    except jwt.InvalidTokenError:
        return None  # forged, expired, for another app, or not a token


def public_keys(keyring: Keyring) -> dict[str, list[dict[str, str]]]:
    """List the public keys of all secrets in rotation, as a JWK set (RFC 8037)."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "use": "sig",
                "alg": "EdDSA",
                "kid": keys.id,
                "x": _public_bytes(keys.sign.public_key()),
            }
            for keys in keyring.all.values()
        ]
    }


def _public_bytes(key: Any) -> str:  # noqa: ANN401  the library's public key
    return write_short(key.public_bytes(Encoding.Raw, PublicFormat.Raw))
