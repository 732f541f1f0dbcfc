"""Authenticate the reports of the generic gateway's vendors."""

from pydantic import SecretStr

from app.domain.errors import BadReport
from app.domain.message import Callback
from app.gateways.gateway_client import basic_auth
from app.gateways.generic.report_settings import ReportSettings
from app.gateways.report_verification import base64_hmac, hex_hmac, is_same
from app.gateways.signatures import standard_webhooks


def verify_report(call: Callback, settings: ReportSettings, *, now: float) -> None:
    """Raise `BadReport` unless a call carries the configured credential; the token of the address was checked before.

    An HMAC over an empty body is the same for every report, so a call without a body is rejected.
    """
    match settings.report_check:
        case "token":
            return
        case "standard-webhooks":
            standard_webhooks.verify(webhook_secrets(settings), call.headers, call.body, now=now)
        case check:
            if (check == "hmac" and not call.body) or not is_same(_given(call, settings), _expected(call, settings)):
                raise BadReport


def webhook_secrets(settings: ReportSettings) -> list[SecretStr]:
    """Return the secrets of Standard Webhooks: one, or several during a rotation."""
    assert settings.report_secret
    return [SecretStr(secret) for secret in settings.report_secret.get_secret_value().split(",")]


def _given(call: Callback, settings: ReportSettings) -> str:
    """Return the credential of the call, or ""."""
    if settings.report_check == "query":
        return call.query.get(settings.report_name, "")
    return call.headers.get("authorization" if settings.report_check == "basic" else settings.report_name.lower(), "")


def _expected(call: Callback, settings: ReportSettings) -> bytes:
    """Return the credential that the call must carry; validation of the settings ensures that the secret is set."""
    assert settings.report_secret
    if settings.report_check == "basic":
        assert settings.report_user
        return basic_auth(settings.report_user.get_secret_value(), settings.report_secret)["Authorization"].encode()
    secret, prefix = settings.report_secret.get_secret_value(), settings.report_prefix.encode()
    if settings.report_check != "hmac":
        return prefix + secret.encode()
    encoded_hmac = hex_hmac if settings.report_encoding == "hex" else base64_hmac
    return prefix + encoded_hmac(secret, call.body, settings.report_hash)
