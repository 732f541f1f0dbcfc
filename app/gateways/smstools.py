"""Smstools (smstools.com, smsgatewayapi.com), written from its public pages on sending, errors and webhooks.

Not yet tested with a live account. The profile `documented` is the API of those pages; `bearer` is a
variant that appears in tutorials, supported for accounts and proxies that use it.
"""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import model_validator

from app.domain.gateway import Unreachable
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.status import Reason, Status
from app.gateways.base_gateway import UNNAMED, BaseGateway
from app.gateways.gateway_client import bearer_auth
from app.gateways.report_parsing import (
    balance,
    first_text,
    flatten,
    invert,
    loggable,
    make_report,
    object_at,
    read_each,
    read_json_or_form,
)
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, ReportToken, Sender

# The vendor's delivery_code, or its status text -> our status.
STATUS = invert(
    {
        Status.SENT: ("0", "submitted", "sent"),
        Status.DELIVERED: ("1", "delivered"),
        Status.UNDELIVERED: ("2", "not delivered", "undelivered"),
        Status.BUFFERED: ("3", "buffered"),
        Status.FAILED: ("4", "5", "rejected", "failed"),  # 4: by the operator; 5: by the vendor, with a detail code
        Status.EXPIRED: ("expired",),
        Status.UNKNOWN: ("9", "unknown"),  # the operator never reports it
    }
)
# delivery_code_detail of a report -> reason. The public pages do not list the other codes.
REPORT_REASON = {"10": Reason.INVALID_NUMBER, "11": Reason.UNREACHABLE_TEMPORARY}

# The vendor's error code -> reason of the refusal.
REASON = invert(
    {
        # No text, empty, too long, date, parameters.
        Reason.CONTENT_REJECTED: ("102", "112", "114", "118", "121", "139"),
        Reason.INVALID_NUMBER: ("103", "106"),
        Reason.AUTH: ("104", "116", "1403"),  # 116: closed after long inactivity
        Reason.NO_CREDIT: ("108",),
        Reason.INVALID_SENDER: ("109", "110", "111"),  # missing, a number without +, too long
        Reason.OPTED_OUT: ("131",),
        Reason.CONFIG: ("138", "200"),  # 200: our IP address is not on the account's list
        Reason.THROTTLED: ("1002",),  # locked after failed logins
    }
)
_UNAVAILABLE = "105"  # for now; the message was not accepted

# Replies and credit events may use the same address. The first is documented; the others occur in practice.
_WEBHOOK_TYPES = {"delivery_report", "sms_delivered", "sms_failed", ""}
_ERROR = "[0-9]{1,4}|[A-Za-z ]{1,64}"  # a code, or a text of letters and spaces only
_ID = ("messageid", "msgid", "message_id")
_WORD = ("delivery_status", "status")


class Smstools(BaseGateway["Smstools.Settings"]):
    """Send messages through Smstools."""

    title = "Smstools"

    class Settings(GatewaySettings):
        """An account at Smstools."""

        profile: Literal["documented", "bearer"] = "documented"
        url: EncryptedAddress | None = None
        """documented: the base URL of the API, by default the vendor's; bearer: the full URL to post to."""

        client_id: HeaderSecret | None = None
        client_secret: HeaderSecret | None = None
        api_key: HeaderSecret | None = None
        sender: Sender
        report_token: ReportToken

        @model_validator(mode="after")
        def _check_credentials(self) -> Self:
            """Reject incomplete credentials and those of the other profile, which a missing `profile` causes."""
            documented = self.client_id and self.client_secret and not self.api_key
            bearer = self.url and self.api_key and not (self.client_id or self.client_secret)
            if self.profile == "documented" and not documented:
                raise ValueError("PROFILE documented needs CLIENT_ID and CLIENT_SECRET, and no API_KEY.")
            if self.profile == "bearer" and not bearer:
                raise ValueError("PROFILE bearer needs URL and API_KEY, and no CLIENT_ID or CLIENT_SECRET.")
            return self

    async def send(self, message: Message) -> Accepted:
        """Send one message; raises `Refused`, `Unreachable` or `Unsure`."""
        is_documented = self._settings.profile == "documented"
        body = {
            "message": message.text,
            "to": message.to.digits if is_documented else message.to.e164,
            "sender": message.sender or self._settings.sender,
            "reference": message.id,
        }
        fields = await self._call("POST", "/message/send" if is_documented else "", json=body)
        return self._accepted(first_text(fields, *_ID))

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Read a webhook call: JSON, a form or a query; raises `InvalidRequest`."""
        is_query = not callback.body.strip()
        entries = [flatten(callback.query)] if is_query else read_json_or_form(callback.body)
        reports = [entry for entry in entries if first_text(object_at(entry), "webhook_type") in _WEBHOOK_TYPES]
        return read_each(reports, _read_entry)

    async def check(self) -> str:
        """Return the balance; old and new accounts name the field differently."""
        if self._settings.profile != "documented":
            return "not supported by this profile"
        fields = await self._call("GET", "/balance")
        return balance(fields, "credits", "balance", currency=first_text(fields, "currency"))

    def _base_url(self) -> str:
        if self._settings.profile == "bearer":
            return f"{self._settings.url}"
        return super()._base_url() or "https://api.smsgatewayapi.com/v1"

    def _headers(self) -> dict[str, str]:
        settings = self._settings
        if settings.client_id and settings.client_secret:
            return {
                "X-Client-Id": settings.client_id.get_secret_value(),
                "X-Client-Secret": settings.client_secret.get_secret_value(),
            }
        assert settings.api_key
        return bearer_auth(settings.api_key)

    def _read_error(self, fields: Mapping[str, object]) -> tuple[Reason | None, str]:
        error = first_text(fields, "error")
        if error in {"", "0"}:
            return None, ""
        if error == _UNAVAILABLE:
            raise Unreachable("Smstools is unavailable.", word=error)
        return REASON.get(error), loggable(error, _ERROR) or UNNAMED


def _read_entry(entry: Mapping[str, object]) -> Report | None:
    """Read one event, nested as documented or flat as in tutorials."""
    nested = entry.get("message")
    message = nested if isinstance(nested, dict) else entry
    code, word = first_text(message, "delivery_code"), first_text(message, *_WORD)
    return make_report(
        vendor_id=first_text(message, *_ID),
        status=STATUS.get(code) or STATUS.get(word.lower().replace("_", " ")),
        word=word or code,
        reason=REPORT_REASON.get(first_text(message, "delivery_code_detail")),
        reference=first_text(message, "reference"),
        recipient=first_text(message, "receiver", "to"),
    )
