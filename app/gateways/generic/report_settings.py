"""Settings of how delivery reports are read and authenticated."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from app.gateways.generic.setting_types import Reasons, ReportPath, SignedParts, Statuses, Value
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
_Claim = Annotated[str, pattern(r"[A-Za-z0-9_./:-]{0,100}", "give the name of a claim")]
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

    report_check: Literal["token", "hmac", "standard-webhooks", "jwt-hs256", "header", "query", "basic"] = "token"
    """How reports are authenticated: by the token in the address, by an HMAC in a header, by Standard Webhooks, by a
    JWT in a header, by a secret in a header or in the query, or by HTTP Basic. What is signed does not include the
    query, unless an HMAC is over the `{url}`, so no path may then be a `?name`."""

    report_name: _Name = ""
    """The name of that header or query parameter."""

    report_user: HeaderSecret | None = None
    """The user name of HTTP Basic."""

    report_secret: Annotated[HeaderSecret, AfterValidator(_long_enough)] | None = None
    """The key of the signature, the secret itself, or the password; at least 8 characters. For Standard Webhooks one
    or more secrets like `whsec_…`, separated by commas."""

    report_hash: Literal["sha1", "sha256", "sha512"] = "sha256"
    """The hash function of the HMAC, or of the digest in a JWT."""

    report_encoding: Literal["hex", "base64"] = "hex"
    """The encoding of the HMAC or digest; hex in lower case."""

    report_prefix: _Prefix = ""
    """The text in front of the value, like `sha256=` or `Bearer `."""

    report_signed: SignedParts = "{body}"
    """What an HMAC is over, like `{body}{header:X-Timestamp}`; it may also have `{url}` and `{method}`."""

    report_time: _Name = ""
    """The header with the time of signing, in seconds since 1970; a report is then valid for five minutes."""

    report_audience: Value = ""
    """The `aud` of a JWT; by default the report address."""

    report_body_claim: _Claim = ""
    """The claim of a JWT that has the digest of the body, if the vendor has one."""

    acknowledgement: _Printable = "OK"
    """The body of our response to a report, as the vendor expects it."""

    @property
    def report_paths(self) -> dict[str, str]:
        """Return the path of each value of a report."""
        return {
            "id": self.report_id_at,
            "reference": self.report_reference_at,
            "status": self.report_status_at,
            "recipient": self.report_recipient_at,
            "error": self.report_error_at,
        }
