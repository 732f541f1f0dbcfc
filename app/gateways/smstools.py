"""Smstools (smstools.com, smsgatewayapi.com), after its public pages on sending, errors and webhooks.

Nobody has tried it on a live account yet. `documented` is the form of those pages; `bearer` is a
form that circulates in tutorials, kept for accounts and proxies that speak it.
"""

import re
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import model_validator

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.status import Reason, Status
from app.gateways.gateway_client import GatewayClient
from app.gateways.report_parsing import (
    amount,
    first_text,
    flatten,
    invert,
    is_token,
    make_report,
    read_each,
    read_form,
    read_json,
)
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, ReportToken, Sender
from app.http_client import HttpResponse, require_ok, retry_after

BASE = "https://api.smsgatewayapi.com/v1"

# The vendor's delivery_code, or its word -> ours. What is not listed becomes UNKNOWN, never an error.
STATUS = invert(
    {
        Status.SENT: ("0", "submitted", "sent"),
        Status.DELIVERED: ("1", "delivered"),
        Status.UNDELIVERED: ("2", "not delivered", "undelivered"),
        Status.BUFFERED: ("3", "buffered"),
        Status.FAILED: ("4", "5", "rejected", "failed"),  # by the operator; by the vendor, whose detail has more
        Status.EXPIRED: ("expired",),
        Status.UNKNOWN: ("9", "unknown"),  # the operator will never tell
    }
)
# delivery_code_detail -> why. There are more; the public pages do not list them.
DETAIL = {"10": Reason.INVALID_NUMBER, "11": Reason.UNREACHABLE_TEMPORARY}

# The vendor's error -> why it said no.
REFUSED = invert(
    {
        Reason.CONTENT_REJECTED: (
            "102",
            "112",
            "114",
            "118",
            "121",
            "139",
        ),  # none, nothing, too long, date, parameters
        Reason.INVALID_NUMBER: ("103", "106"),
        Reason.AUTH: ("104", "116", "1403"),  # 116: closed after a long silence
        Reason.NO_CREDIT: ("108",),
        Reason.INVALID_SENDER: ("109", "110", "111"),  # none, a number without +, too long
        Reason.OPTED_OUT: ("131",),
        Reason.CONFIG: ("138", "200"),  # 200: our address is not on the account's list
    }
)
# The vendor's error -> why it cannot now; the message was not taken.
PASSING = {"105": Reason.PROVIDER_ERROR, "1002": Reason.THROTTLED}  # 1002: locked after wrong log-ins

_DELIVERY_REPORTS = {"delivery_report", "sms_delivered", "sms_failed"}  # the vendor's name; others seen in the wild
_ID = ("messageid", "msgid", "message_id")
_WORD = ("delivery_status", "status")


class Smstools:
    """Carries messages by Smstools."""

    acknowledgement = b"OK"
    repeats_safely = False

    class Settings(GatewaySettings):
        """An account at Smstools."""

        profile: Literal["documented", "bearer"] = "documented"
        url: EncryptedAddress | None = None
        """documented: where the API begins, by default the vendor's; bearer: the whole address to post to."""

        client_id: HeaderSecret | None = None
        client_secret: HeaderSecret | None = None
        api_key: HeaderSecret | None = None
        sender: Sender
        report_token: ReportToken

        @model_validator(mode="after")
        def _belongs_together(self) -> Self:
            """Refuse half an account, and one of the other profile: a forgotten `profile` looks like that."""
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
        """Hand one message over; raises `Refused`, `Unreachable` or `Unsure`."""
        url, headers = _address(self._settings)
        to = message.to.digits if self._settings.profile == "documented" else message.to.e164
        body = {"message": message.text, "to": to, "sender": message.sender or self._settings.sender}
        return _read_answer(
            await self._client.call("POST", url, headers=headers, json={**body, "reference": message.id})
        )

    def knows(self, token: str) -> bool:
        """Tell whether an address ends in the secret part that the vendor was given: it signs nothing."""
        return is_token(token, self._settings.report_token)

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Read a webhook call: JSON, a form or a query; raises `InvalidRequest`."""
        entries = [entry for entry in _entries(callback) if not _is_something_else(entry)]
        return read_each(entries, _read_entry)

    async def check(self) -> str:
        """Ask for the balance, which old and new accounts name differently."""
        if self._settings.profile != "documented":
            return "cannot be asked in this profile"
        _, headers = _address(self._settings)
        answer = await self._client.call("GET", f"{(self._settings.url or BASE).rstrip('/')}/balance", headers=headers)
        fields = answer.fields()
        require_ok(answer, word=_word(first_text(fields, "error")))
        return amount(fields, "credits", "balance", currency=first_text(fields, "currency"))


def _address(settings: Smstools.Settings) -> tuple[str, dict[str, str]]:
    """Say where to post to, and the headers that open the account."""
    if settings.client_id and settings.client_secret:
        account, secret = settings.client_id.get_secret_value(), settings.client_secret.get_secret_value()
        url = f"{(settings.url or BASE).rstrip('/')}/message/send"
        return url, {"X-Client-Id": account, "X-Client-Secret": secret}
    assert settings.url
    assert settings.api_key
    return settings.url, {"Authorization": f"Bearer {settings.api_key.get_secret_value()}"}


def _read_answer(answer: HttpResponse) -> Accepted:
    """Find the message's id, or say what went wrong; an error may hide behind HTTP 200."""
    fields = answer.fields()
    error = first_text(fields, "error")
    if error in REFUSED:
        raise Refused("Smstools refused.", reason=REFUSED[error], word=error)
    if error in PASSING:
        raise Unreachable("Smstools cannot take it now.", reason=PASSING[error], word=error, after=retry_after(answer))
    require_ok(answer, word=_word(error))
    if error not in {"", "0"}:
        raise Refused("Smstools refused the message.", word=_word(error))
    if message := first_text(fields, *_ID):
        return Accepted(message)
    raise Unsure("Smstools answered without an id.")


def _word(error: str) -> str:
    """Keep a code; a sentence in its place only without digits and signs, for it might quote what we sent."""
    return error if re.fullmatch("[0-9]{1,4}|[A-Za-z ]{1,64}", error) else ""


def _entries(callback: Callback) -> list[object]:
    """Find what is reported: the body, or the query of a GET; its form shows, whatever its header claims."""
    body = callback.body.strip()
    is_json = body[:1] in {b"[", b"{"}
    return read_json(body) if is_json else [read_form(body) if body else flatten(callback.query)]


def _is_something_else(entry: object) -> bool:
    """Tell whether an event is not about delivery; the same address may be given for replies and credit."""
    kind = first_text(entry, "webhook_type") if isinstance(entry, dict) else ""
    return bool(kind) and kind not in _DELIVERY_REPORTS


def _read_entry(entry: Mapping[str, object]) -> Report | None:
    """Read one event, nested as the vendor documents it or flat as it is told elsewhere."""
    nested = entry.get("message")
    message = nested if isinstance(nested, dict) else entry
    vendor_id, code, word = first_text(message, *_ID), first_text(message, "delivery_code"), first_text(message, *_WORD)
    if not vendor_id or not (code or word):
        return None
    return make_report(
        vendor_id=vendor_id,
        status=STATUS.get(code) or STATUS.get(word.lower().replace("_", " "), Status.UNKNOWN),
        word=word or code,
        why=DETAIL.get(first_text(message, "delivery_code_detail")),
        reference=first_text(message, "reference"),
        recipient=first_text(message, "receiver", "to"),
    )
