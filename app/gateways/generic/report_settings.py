"""Settings of how delivery reports are read and authenticated."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from app.gateways.generic.setting_types import Reasons, ReportPath, Statuses
from app.gateways.settings_fields import GatewaySettings, HeaderSecret
from app.settings.parsers import pattern

_MIN_SECRET_LENGTH = 8  # characters of a secret; a shorter one can be guessed, and is usually a mistake


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < _MIN_SECRET_LENGTH:
        raise ValueError(f"give at least {_MIN_SECRET_LENGTH} characters")
    return secret


_Printable = Annotated[str, pattern(r"[ -~]{0,100}", "give at most 100 printable ASCII characters")]
_Name = Annotated[
    str, pattern(r"[!-9;-~]{0,100}", "give at most 100 printable ASCII characters, no space and no colon")
]
_Prefix = Annotated[str, pattern(r"([!-~][ -~]{0,99})?", "give at most 100 printable ASCII characters, no space first")]


class ReportSettings(GatewaySettings):
    """Each call carries one report or a list of them, as JSON, a form or a query; the format is detected."""

    report_list_at: ReportPath = ""
    """Path of the list of reports, if it is nested; the paths below are then relative to one report."""

    report_id_at: ReportPath = ""
    """Path of the vendor's id of the SMS."""

    report_reference_at: ReportPath = ""
    """Path of our id, if the vendor returns it; `?message` if it is in the report address."""

    report_status_at: ReportPath = ""
    """Path of the status. Empty: this vendor sends no reports."""

    report_statuses: Statuses = Field(default={})
    """JSON, like `{"DELIVRD": "delivered"}`: what a status means. An unlisted status changes nothing."""

    report_recipient_at: ReportPath = ""
    """Path of the number; it is compared if the vendor does not return our id."""

    report_error_at: ReportPath = ""
    """Path of the error of a failed SMS."""

    report_errors: Reasons = Field(default={})
    """JSON, like `{"27": "unreachable_temporary"}`: why an SMS failed."""

    report_check: Literal["token", "hmac", "standard-webhooks", "header", "query", "basic"] = "token"
    """How reports are authenticated: by the token in the address, by an HMAC over the body in a header, by Standard
    Webhooks, by a secret in a header or in the query, or by HTTP Basic. A signature covers the body alone, so no path
    may then be a `?name`."""

    report_name: _Name = ""
    """The name of that header or query parameter."""

    report_user: HeaderSecret | None = None
    """The user name of HTTP Basic."""

    report_secret: Annotated[HeaderSecret, AfterValidator(_long_enough)] | None = None
    """The key of the signature, the secret itself, or the password; at least 8 characters. For Standard Webhooks one
    or more secrets like `whsec_…`, separated by commas."""

    report_hash: Literal["sha1", "sha256", "sha512"] = "sha256"
    """The hash function of the HMAC."""

    report_encoding: Literal["hex", "base64"] = "hex"
    """The encoding of the HMAC; hex in lower case."""

    report_prefix: _Prefix = ""
    """The text in front of the value, like `sha256=` or `Bearer `."""

    acknowledgement: _Printable = "OK"
    """The body of our response to a report, as the vendor expects it."""
