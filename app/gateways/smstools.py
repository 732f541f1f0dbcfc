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
from app.gateways.fields import EncryptedAddress, GatewaySettings, HeaderSecret, ReportToken, Sender
from app.gateways.reading import flatten, is_token, leaf, only_digits, plain_word, read_each, read_form, read_json
from app.outbound import Answer, Outbound, require_ok, retry_after

BASE = "https://api.smsgatewayapi.com/v1"

# The vendor's delivery_code, or its word -> ours. What is not listed becomes UNKNOWN, never an error.
STATUS = {
    "0": Status.SENT,
    "submitted": Status.SENT,
    "sent": Status.SENT,
    "1": Status.DELIVERED,
    "delivered": Status.DELIVERED,
    "2": Status.UNDELIVERED,
    "not delivered": Status.UNDELIVERED,
    "undelivered": Status.UNDELIVERED,
    "3": Status.BUFFERED,
    "buffered": Status.BUFFERED,
    "4": Status.FAILED,  # by the operator
    "5": Status.FAILED,  # by the vendor; delivery_code_detail has more
    "rejected": Status.FAILED,
    "failed": Status.FAILED,
    "expired": Status.EXPIRED,
    "9": Status.UNKNOWN,  # the operator will never tell
    "unknown": Status.UNKNOWN,
}
# delivery_code_detail -> why. There are more; the public pages do not list them.
DETAIL = {"10": Reason.INVALID_NUMBER, "11": Reason.UNREACHABLE_TEMPORARY}
_WITHOUT_DETAIL = {Status.UNDELIVERED: Reason.UNKNOWN, Status.EXPIRED: Reason.EXPIRED, Status.FAILED: Reason.UNKNOWN}

# The vendor's error -> why it said no.
REFUSED = {
    "102": Reason.CONTENT_REJECTED,  # no message
    "103": Reason.INVALID_NUMBER,
    "104": Reason.AUTH,
    "106": Reason.INVALID_NUMBER,
    "108": Reason.NO_CREDIT,
    "109": Reason.INVALID_SENDER,
    "110": Reason.INVALID_SENDER,  # a number without +
    "111": Reason.INVALID_SENDER,  # too long
    "112": Reason.CONTENT_REJECTED,  # no message
    "114": Reason.CONTENT_REJECTED,  # nothing at all
    "116": Reason.AUTH,  # closed after a long silence
    "118": Reason.CONTENT_REJECTED,  # too long
    "121": Reason.CONTENT_REJECTED,  # a date, which we never give
    "131": Reason.OPTED_OUT,
    "138": Reason.CONFIG,
    "139": Reason.CONTENT_REJECTED,  # parameters
    "200": Reason.CONFIG,  # our address is not on the account's list
    "1403": Reason.AUTH,
}
# The vendor's error -> why it cannot now; the message was not taken.
PASSING = {"105": Reason.PROVIDER_ERROR, "1002": Reason.THROTTLED}  # 1002: locked after wrong log-ins

# The first is the vendor's own name; the others were seen in the wild for the same event.
_DELIVERY_REPORTS = {"delivery_report", "sms_delivered", "sms_failed"}
_ID = ("messageid", "msgid", "message_id")
_WORD = ("delivery_status", "status")


class Smstools:
    """Carries messages by Smstools."""

    name = "smstools"
    acknowledgement = b"OK"

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

    def __init__(self, settings: Settings, outbound: Outbound) -> None:
        self._settings = settings
        self._outbound = outbound

    async def send(self, message: Message) -> Accepted:
        """Hand one message over; raises `Refused`, `Unreachable` or `Unsure`."""
        url, headers = _address(self._settings)
        to = message.to.digits if self._settings.profile == "documented" else message.to.e164
        body = {
            "message": message.text,
            "to": to,
            "sender": message.sender or self._settings.sender,
            "reference": message.id,
        }
        return _read_answer(await self._outbound.call(self.name, "POST", url, headers=headers, json=body))

    def knows(self, token: str) -> bool:
        """Tell whether an address ends in the secret part that the vendor was given: it signs nothing."""
        return is_token(token, self._settings.report_token)

    def read_report(self, callback: Callback) -> list[Report]:
        """Read a webhook call: JSON, a form or a query; raises `InvalidRequest`."""
        entries = [entry for entry in _entries(callback) if not _is_something_else(entry)]
        return read_each(entries, _read_entry)


def _address(settings: Smstools.Settings) -> tuple[str, dict[str, str]]:
    """Say where to post to, and the headers that open the account."""
    if settings.client_id and settings.client_secret:
        account, secret = settings.client_id.get_secret_value(), settings.client_secret.get_secret_value()
        url = f"{(settings.url or BASE).rstrip('/')}/message/send"
        return url, {"X-Client-Id": account, "X-Client-Secret": secret}
    assert settings.url
    assert settings.api_key
    return settings.url, {"Authorization": f"Bearer {settings.api_key.get_secret_value()}"}


def _read_answer(answer: Answer) -> Accepted:
    """Find the message's id, or say what went wrong; an error may hide behind HTTP 200."""
    said = answer.json()
    fields = said if isinstance(said, dict) else {}
    error = leaf(fields, "error")
    if error in REFUSED:
        raise Refused("Smstools refused the message.", reason=REFUSED[error], word=error)
    if error in PASSING:
        raise Unreachable("Smstools cannot take it now.", reason=PASSING[error], word=error, after=retry_after(answer))
    # A sentence instead of a code is kept only without long numbers: it might quote what we sent.
    word = error if re.fullmatch("[0-9]{1,4}|[A-Za-z ]{1,64}", error) else ""
    require_ok(answer, word=word)
    if error not in {"", "0"}:
        raise Refused("Smstools refused the message.", word=word)
    message = leaf(fields, *_ID)
    if not message:
        raise Unsure("Smstools answered without an id.")
    return Accepted(message)


def _entries(callback: Callback) -> list[object]:
    """Find what is reported: the body, or the query of a GET; its form shows, whatever its header claims."""
    body = callback.body.strip()
    if body[:1] in {b"[", b"{"}:
        return read_json(body)
    return [read_form(body) if body else flatten(callback.query)]


def _is_something_else(entry: object) -> bool:
    """Tell whether an event is not about delivery; the same address may be given for replies and credit."""
    kind = leaf(entry, "webhook_type") if isinstance(entry, dict) else ""
    return bool(kind) and kind not in _DELIVERY_REPORTS


def _read_entry(entry: Mapping[str, object]) -> Report | None:
    """Read one event, nested as the vendor documents it or flat as it is told elsewhere."""
    nested = entry.get("message")
    message = nested if isinstance(nested, dict) else entry
    vendor_id, code, word = leaf(message, *_ID), leaf(message, "delivery_code"), leaf(message, *_WORD)
    if not vendor_id or not (code or word):
        return None
    status = STATUS.get(code) or STATUS.get(word.lower().replace("_", " "), Status.UNKNOWN)
    detail = leaf(message, "delivery_code_detail")
    return Report(
        vendor_id=vendor_id,
        status=status,
        word=plain_word(word or code),
        reason=DETAIL.get(detail, _WITHOUT_DETAIL[status]) if status in _WITHOUT_DETAIL else None,
        reference=leaf(message, "reference"),
        recipient=only_digits(leaf(message, "receiver", "to")),
    )
