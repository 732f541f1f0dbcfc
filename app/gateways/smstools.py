"""Smstools (smstools.com, smsgatewayapi.com), written from its public pages on sending, errors and webhooks.

Not yet tested with a live account. The profile `documented` is the API of those pages; `bearer` is a
variant that appears in tutorials, supported for accounts and proxies that use it.
"""

import re
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import model_validator

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.status import Reason, Status
from app.gateways.gateway_client import GatewayClient
from app.gateways.report_parsing import amount, first_text, flatten, invert, make_report, read_each, read_json_or_form
from app.gateways.report_verification import is_token
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, ReportToken, Sender
from app.http_client import HttpResponse, require_ok, retry_after

BASE = "https://api.smsgatewayapi.com/v1"

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
# delivery_code_detail -> reason. The public pages do not list the other codes.
DETAIL = {"10": Reason.INVALID_NUMBER, "11": Reason.UNREACHABLE_TEMPORARY}

# The vendor's error code -> reason of the refusal.
REFUSED = invert(
    {
        # No text, empty, too long, date, parameters.
        Reason.CONTENT_REJECTED: ("102", "112", "114", "118", "121", "139"),
        Reason.INVALID_NUMBER: ("103", "106"),
        Reason.AUTH: ("104", "116", "1403"),  # 116: closed after long inactivity
        Reason.NO_CREDIT: ("108",),
        Reason.INVALID_SENDER: ("109", "110", "111"),  # missing, a number without +, too long
        Reason.OPTED_OUT: ("131",),
        Reason.CONFIG: ("138", "200"),  # 200: our IP address is not on the account's list
    }
)
# The vendor's error code -> reason of a temporary failure; the message was not accepted.
TEMPORARY = {"105": Reason.PROVIDER_ERROR, "1002": Reason.THROTTLED}  # 1002: locked after failed logins

# The first is documented; the others occur in practice.
_DELIVERY_REPORTS = {"delivery_report", "sms_delivered", "sms_failed"}
_ID = ("messageid", "msgid", "message_id")
_WORD = ("delivery_status", "status")


class Smstools:
    """Send messages through Smstools."""

    acknowledgement = b"OK"
    repeats_safely = False

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

    def __init__(self, settings: Settings, client: GatewayClient) -> None:
        self.name = client.name
        self._settings = settings
        self._client = client

    async def send(self, message: Message) -> Accepted:
        """Send one message; raises `Refused`, `Unreachable` or `Unsure`."""
        url, headers = _address(self._settings)
        to = message.to.digits if self._settings.profile == "documented" else message.to.e164
        body = {"message": message.text, "to": to, "sender": message.sender or self._settings.sender}
        return _read_response(
            await self._client.call("POST", url, headers=headers, json={**body, "reference": message.id})
        )

    def accepts_token(self, token: str) -> bool:
        """Return whether the token of the report address is correct; it is required, because Smstools signs nothing."""
        return is_token(token, self._settings.report_token)

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Read a webhook call: JSON, a form or a query; raises `InvalidRequest`."""
        is_query = not callback.body.strip()
        entries = [flatten(callback.query)] if is_query else read_json_or_form(callback.body)
        return read_each([entry for entry in entries if not _is_other_event(entry)], _read_entry)

    async def check(self) -> str:
        """Return the balance; old and new accounts name the field differently."""
        if self._settings.profile != "documented":
            return "not supported by this profile"
        _, headers = _address(self._settings)
        response = await self._client.call(
            "GET", f"{(self._settings.url or BASE).rstrip('/')}/balance", headers=headers
        )
        fields = response.fields()
        require_ok(response, word=_word(first_text(fields, "error")))
        return amount(fields, "credits", "balance", currency=first_text(fields, "currency"))


def _address(settings: Smstools.Settings) -> tuple[str, dict[str, str]]:
    """Return the URL to post to, and the authentication headers."""
    if settings.client_id and settings.client_secret:
        account, secret = settings.client_id.get_secret_value(), settings.client_secret.get_secret_value()
        url = f"{(settings.url or BASE).rstrip('/')}/message/send"
        return url, {"X-Client-Id": account, "X-Client-Secret": secret}
    assert settings.url
    assert settings.api_key
    return settings.url, {"Authorization": f"Bearer {settings.api_key.get_secret_value()}"}


def _read_response(response: HttpResponse) -> Accepted:
    """Return the message's id; raises `Refused`, `Unreachable` or `Unsure`. HTTP 200 may carry an error."""
    fields = response.fields()
    error = first_text(fields, "error")
    if error in REFUSED:
        raise Refused("Smstools refused.", reason=REFUSED[error], word=error)
    if error in TEMPORARY:
        raise Unreachable("Smstools is unavailable.", reason=TEMPORARY[error], word=error, after=retry_after(response))
    require_ok(response, word=_word(error))
    if error not in {"", "0"}:
        raise Refused("Smstools refused the message.", word=_word(error))
    if message := first_text(fields, *_ID):
        return Accepted(message)
    raise Unsure("Smstools answered without an id.")


def _word(error: str) -> str:
    """Return an error code, or an error text of letters and spaces only; any other text might quote the request."""
    return error if re.fullmatch("[0-9]{1,4}|[A-Za-z ]{1,64}", error) else ""


def _is_other_event(entry: object) -> bool:
    """Return whether an event is not about delivery; replies and credit events may use the same address."""
    kind = first_text(entry, "webhook_type") if isinstance(entry, dict) else ""
    return bool(kind) and kind not in _DELIVERY_REPORTS


def _read_entry(entry: Mapping[str, object]) -> Report | None:
    """Read one event, nested as documented or flat as in tutorials."""
    nested = entry.get("message")
    message = nested if isinstance(nested, dict) else entry
    code, word = first_text(message, "delivery_code"), first_text(message, *_WORD)
    return make_report(
        vendor_id=first_text(message, *_ID),
        status=STATUS.get(code) or STATUS.get(word.lower().replace("_", " ")),
        word=word or code,
        why=DETAIL.get(first_text(message, "delivery_code_detail")),
        reference=first_text(message, "reference"),
        recipient=first_text(message, "receiver", "to"),
    )
