"""How a vendor shows that a report is its own, beside the secret address; values in, yes or no out."""

import hmac
from base64 import b64encode

from app.domain.message import Callback
from app.gateways.gateway_client import basic_auth
from app.gateways.generic.report_settings import ReportSettings


def is_authentic(call: Callback, own: ReportSettings) -> bool:
    """Tell whether a call carries what was agreed; the address was looked at before.

    An HMAC over nothing is the same for every report, so a call without a body shows nothing by it.
    """
    if own.report_check == "token":
        return True
    if own.report_check == "hmac" and not call.body:
        return False
    given, expected = _given(call, own), _expected(call, own)
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def _given(call: Callback, own: ReportSettings) -> str:
    """Read what the call carries, "" for nothing."""
    if own.report_check == "query":
        return call.query.get(own.report_name, "")
    return call.headers.get("authorization" if own.report_check == "basic" else own.report_name.lower(), "")


def _expected(call: Callback, own: ReportSettings) -> str:
    """Write what it should carry; the settings were refused if the secret were missing."""
    assert own.report_secret
    if own.report_check == "basic":
        assert own.report_user
        return basic_auth(own.report_user.get_secret_value(), own.report_secret)["Authorization"]
    secret = own.report_secret.get_secret_value()
    if own.report_check != "hmac":
        return own.report_prefix + secret
    digest = hmac.digest(secret.encode(), call.body, own.report_hash)
    return own.report_prefix + (digest.hex() if own.report_encoding == "hex" else b64encode(digest).decode())
