"""Authenticate the reports of the generic gateway's vendors."""

import hashlib
from base64 import b64encode
from string import Formatter

from pydantic import SecretStr

from app.domain.errors import BadReport
from app.domain.message import Callback
from app.domain.signatures import hs256_token, standard_webhooks
from app.domain.signatures.comparison import base64_hmac, hex_hmac, is_recent, is_same
from app.gateways.gateway_client import basic_auth
from app.gateways.generic.report_settings import ReportSettings


def verify_report(call: Callback, settings: ReportSettings, *, now: float) -> None:
    """Raise `BadReport` unless a call carries the configured credential; the token of the address was checked before.

    `now` is in seconds since 1970.
    """
    match settings.report_check:
        case "token":
            return
        case "standard-webhooks":
            if not standard_webhooks.is_signed(webhook_secrets(settings), call.headers, call.body, now=now):
                raise BadReport
        case "jwt-hs256":
            _verify_token(call, settings, now=now)
        case "hmac":
            _verify_hmac(call, settings, now=now)
        case _:
            if not is_same(_given(call, settings), _expected(settings)):
                raise BadReport


def webhook_secrets(settings: ReportSettings) -> list[str]:
    """Return the secrets of Standard Webhooks: one, or several during a rotation."""
    return _secret(settings).get_secret_value().split(",")


def signed_parts(settings: ReportSettings) -> set[str]:
    """Return which parts of a call an HMAC is over: `body`, `url`, `method`, and headers like `header:x-timestamp`."""
    pieces = Formatter().parse(settings.report_signed)
    return {f"{name}:{header.lower()}" if header else name for _, name, header, _ in pieces if name}


def _verify_hmac(call: Callback, settings: ReportSettings, *, now: float) -> None:
    """Verify an HMAC over the configured parts of a call, and their time, if one of them is a time.

    An HMAC over an empty body alone is the same for every report, so a call without a body is rejected, unless the
    address is signed.
    """
    if not call.body and "url" not in signed_parts(settings):
        raise BadReport
    if settings.report_time and not is_recent(call.headers.get(settings.report_time.lower(), ""), now=now):
        raise BadReport
    encoded_hmac = hex_hmac if settings.report_encoding == "hex" else base64_hmac
    secret = _secret(settings).get_secret_value()
    expected = encoded_hmac(secret, _signed(call, settings.report_signed), settings.report_hash)
    if not is_same(_given(call, settings), settings.report_prefix.encode() + expected):
        raise BadReport


def _signed(call: Callback, pattern: str) -> bytes:
    """Return what was signed; raises `BadReport` if the call lacks one of its headers."""
    signed = b""
    for literal, part, header, _ in Formatter().parse(pattern):
        signed += literal.encode()
        match part:
            case "body":
                signed += call.body
            case "url":
                signed += _as_bytes(call.url)
            case "method":
                signed += _as_bytes(call.method)
            case "header":
                value = call.headers.get((header or "").lower())
                if not value:
                    raise BadReport
                signed += _as_bytes(value)
    return signed


def _verify_token(call: Callback, settings: ReportSettings, *, now: float) -> None:
    """Verify a JWT, and the digest of the body in it, if the vendor puts one there."""
    token, prefix = _given(call, settings), settings.report_prefix
    if not token.startswith(prefix):
        raise BadReport
    audience = settings.report_audience or call.url
    secret = _secret(settings).get_secret_value()
    claims = hs256_token.read_claims(token.removeprefix(prefix), secret, audience=audience, now=now)
    if claims is None:
        raise BadReport
    if settings.report_body_claim:
        claim, digest = claims.get(settings.report_body_claim), hashlib.new(settings.report_hash, call.body)
        expected = digest.hexdigest().encode() if settings.report_encoding == "hex" else b64encode(digest.digest())
        if not isinstance(claim, str) or not is_same(claim, expected):
            raise BadReport


def _given(call: Callback, settings: ReportSettings) -> str:
    """Return the credential of the call, or ""."""
    if settings.report_check == "query":
        return call.query.get(settings.report_name, "")
    return call.headers.get("authorization" if settings.report_check == "basic" else settings.report_name.lower(), "")


def _expected(settings: ReportSettings) -> bytes:
    """Return the secret or the credentials that the call must carry."""
    if settings.report_check == "basic":
        assert settings.report_user
        return basic_auth(settings.report_user.get_secret_value(), _secret(settings))["Authorization"].encode()
    return settings.report_prefix.encode() + _secret(settings).get_secret_value().encode()


def _secret(settings: ReportSettings) -> SecretStr:
    """Return the secret, which the validation of the settings ensures."""
    assert settings.report_secret
    return settings.report_secret


def _as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
