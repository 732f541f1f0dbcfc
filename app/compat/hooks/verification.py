"""Whether a call of a hook is its sender's: what the headers and the path show, then what the body needs."""

from base64 import b64encode
from collections.abc import Mapping, Sequence

from app.domain.hook import HookVerification, Scheme, Signed
from app.domain.signatures import hs256_token, standard_webhooks
from app.domain.signatures.comparison import hex_hmac, is_recent, is_same

_SIGNED_BODIES = {Scheme.STANDARD_WEBHOOKS, Scheme.HMAC}
_MAX_SIGNATURES = 16  # in one header; senders write one for each of their secrets


def has_credential(
    verification: HookVerification, secrets: Sequence[str], headers: Mapping[str, str], token: str, *, now: float
) -> bool:
    """Return whether the headers and the last part of the path have what they must, before the body is read.

    Names in `headers` are in lower case; `now` is in seconds since 1970. A hook without a secret in its path has none.
    """
    if verification.scheme is Scheme.PATH:
        return _is_any(token, secrets)
    given = headers.get(verification.header, "")
    if token:
        return False
    match verification.scheme:
        case Scheme.BEARER:
            is_bearer = verification.header == "authorization"
            return _is_any(given, [f"Bearer {secret}" if is_bearer else secret for secret in secrets])
        case Scheme.BASIC:
            return _is_any(given, [f"Basic {b64encode(secret.encode()).decode()}" for secret in secrets])
        case Scheme.JWT_HS256:
            return any(_is_token(given, secret, verification, now=now) for secret in secrets)
    return True


def is_signed(
    verification: HookVerification, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, *, now: float
) -> bool:
    """Return whether the body is signed; True where the scheme does not sign it."""
    if verification.scheme not in _SIGNED_BODIES:
        return True
    if verification.scheme is Scheme.STANDARD_WEBHOOKS:
        prefix = "svix" if "svix-id" in headers and "webhook-id" not in headers else "webhook"
        return standard_webhooks.is_signed(secrets, headers, body, now=now, prefix=prefix)
    given = headers.get(verification.header, "")
    if verification.signed is Signed.BODY:
        return bool(body) and _is_any(given, [hex_hmac(secret, body, "sha256").decode() for secret in secrets])
    return _is_signed_with_time(given, secrets, body, now=now)


def _is_signed_with_time(header: str, secrets: Sequence[str], body: bytes, *, now: float) -> bool:
    """Return whether a header `t=<seconds>,v1=<hexadecimal>` has the HMAC of its time and the body."""
    parts = [part.strip().partition("=") for part in header.split(",", _MAX_SIGNATURES)]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or not is_recent(times[0], now=now):
        return False
    expected = [hex_hmac(secret, f"{times[0]}.".encode() + body, "sha256") for secret in secrets]
    given = [value for name, _, value in parts if name == "v1"]
    return any(is_same(one, signature) for one in given for signature in expected)


def _is_token(header: str, secret: str, verification: HookVerification, *, now: float) -> bool:
    """Return whether a header has a JWT of this secret, with the audience and the subject that are required."""
    scheme, _, token = header.partition(" ")
    audience = verification.audience
    claims = hs256_token.read_claims(token.strip(" "), secret, audience=audience, now=now)
    if claims is None or scheme.lower() != "bearer" or "aud" not in claims:
        return False
    subject = claims.get("sub", "")
    return not verification.subject or (isinstance(subject, str) and is_same(subject, verification.subject.encode()))


def _is_any(given: str, expected: Sequence[str]) -> bool:
    """Return whether a credential is one of these; each is compared, in constant time."""
    return any(is_same(given, one.encode()) for one in expected)
