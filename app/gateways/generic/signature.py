"""Authenticate the reports of the generic gateway's vendors."""

from app.domain.message import Callback
from app.gateways.gateway_client import basic_auth
from app.gateways.generic.report_settings import ReportSettings
from app.gateways.report_verification import base64_hmac, hex_hmac, is_same


def is_authentic(call: Callback, settings: ReportSettings) -> bool:
    """Return whether a call carries the configured credential; the token of the address was checked before.

    An HMAC over an empty body is the same for every report, so a call without a body is rejected.
    """
    if settings.report_check == "token":
        return True
    if settings.report_check == "hmac" and not call.body:
        return False
    return is_same(_given(call, settings), _expected(call, settings))


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
