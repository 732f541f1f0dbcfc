"""Settings of how delivery reports are read, and how one is known to be the vendor's."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from app.gateways.generic.setting_types import Reasons, ReportPath, Statuses
from app.gateways.settings_fields import GatewaySettings, HeaderSecret, ReportToken
from app.settings.parsers import pattern

_FEWEST = 8  # characters of a secret; a shorter one is guessed, and is usually an accident


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < _FEWEST:
        raise ValueError(f"give at least {_FEWEST} characters")
    return secret


_Printable = Annotated[str, pattern(r"[ -~]{0,100}", "give at most 100 printable ASCII characters")]
_Name = Annotated[
    str, pattern(r"[!-9;-~]{0,100}", "give at most 100 printable ASCII characters, no space and no colon")
]
_Prefix = Annotated[str, pattern(r"([!-~][ -~]{0,99})?", "give at most 100 printable ASCII characters, no space first")]


class ReportSettings(GatewaySettings):
    """One call for each report, or for a list of them; JSON, a form or a query, by what arrives."""

    report_token: ReportToken | None = None
    """The secret last part of the report address, at least 22 random letters. Needed unless `REPORT_CHECK` says
    otherwise."""

    report_list_at: ReportPath = ""
    """Where the list of reports stands, if not alone; the places below are then those in one report."""

    report_id_at: ReportPath = ""
    """Where the vendor's id of the SMS stands."""

    report_reference_at: ReportPath = ""
    """Where our id stands, if the vendor gives it back; `?message` if it stands in the address that it was given."""

    report_status_at: ReportPath = ""
    """Where the status stands. Nowhere: this vendor sends no reports."""

    report_statuses: Statuses = Field(default={})
    """JSON, like `{"DELIVRD": "delivered"}`: what a status means. One that is not listed moves nothing."""

    report_recipient_at: ReportPath = ""
    """Where the number stands; compared where the vendor does not give our id back."""

    report_error_at: ReportPath = ""
    """Where the error of a failed SMS stands."""

    report_errors: Reasons = Field(default={})
    """JSON, like `{"27": "unreachable_temporary"}`: why an SMS failed."""

    report_check: Literal["token", "hmac", "header", "query", "basic"] = "token"
    """How the vendor shows that it is the vendor: by the address alone, by an HMAC over the body in a header, by a
    secret in a header or in the query, or by HTTP Basic. An HMAC covers the body alone, so no place may then be a
    `?name`."""

    report_name: _Name = ""
    """The name of that header or part of the query."""

    report_user: HeaderSecret | None = None
    """The user of HTTP Basic."""

    report_secret: Annotated[HeaderSecret, AfterValidator(_long_enough)] | None = None
    """The key of the HMAC, or the secret itself, or the password; at least 8 characters."""

    report_hash: Literal["sha1", "sha256", "sha512"] = "sha256"
    """The hash of the HMAC."""

    report_encoding: Literal["hex", "base64"] = "hex"
    """How the HMAC is written; hex in small letters."""

    report_prefix: _Prefix = ""
    """What stands in front of it, like `sha256=` or `Bearer `."""

    acknowledgement: _Printable = "OK"
    """What the vendor wants to be answered."""
