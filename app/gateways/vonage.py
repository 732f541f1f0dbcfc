"""Vonage (formerly Nexmo), SMS API, written from https://developer.vonage.com/en/api/sms and its OpenAPI document.

Not yet tested with a live account.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import parse_qsl

from pydantic import model_validator

from app.domain.errors import BadReport
from app.domain.gateway import Unsure
from app.domain.gsm7 import fits_gsm7
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.signatures.comparison import hex_hmac, is_recent, is_same
from app.domain.status import Reason, Status
from app.gateways.base_gateway import BaseGateway
from app.gateways.gateway_client import basic_auth, without_empty
from app.gateways.report_parsing import (
    balance,
    first_text,
    invert_codes,
    list_field,
    loggable,
    make_report,
    price,
    read_each,
    read_json,
    unreadable_report,
)
from app.gateways.report_verification import MAX_FIELDS, MAX_SIGNED_BODY
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, Sender
from app.settings.parsers import pattern

_MIN_TTL = 20  # seconds; Vonage accepts no less
_MAX_CALLBACK = 100  # characters

# Vonage's status of a report -> our status.
STATUS = {
    "accepted": Status.SENT,
    "buffered": Status.BUFFERED,
    "delivered": Status.DELIVERED,
    "expired": Status.EXPIRED,
    "failed": Status.FAILED,
    "rejected": Status.FAILED,
    "unknown": Status.UNKNOWN,
}

# Reason <- the err-code of a report. Another gateway may route what Vonage cannot.
_ERR_CODES = {
    Reason.UNREACHABLE_TEMPORARY: "2 7 15",
    Reason.UNREACHABLE_PERMANENT: "3",
    Reason.OPTED_OUT: "9",
    Reason.BLOCKED_DESTINATION: "4 13 14",
    Reason.CONTENT_REJECTED: "6 10 50 51 52 53 54",  # from 50: regulatory and content filters
    Reason.PROVIDER_ERROR: "5 8 11 12 16",
}
REPORT_REASON = invert_codes(_ERR_CODES)

# Reason <- the status in a response.
_STATUSES = {
    Reason.AUTH: "4 8 14",
    Reason.NO_CREDIT: "9",
    Reason.CONFIG: "2 11 22 23 32",
    Reason.INVALID_SENDER: "15",
    Reason.CONTENT_REJECTED: "12",
    Reason.BLOCKED_DESTINATION: "7",
    Reason.UNREACHABLE_PERMANENT: "33",
    Reason.THROTTLED: "1 10",
    # 6: Vonage cannot route the prefix. 29: this trial account may not send to the number.
    Reason.PROVIDER_ERROR: "5 6 29",
    Reason.UNKNOWN: "3",  # a value is invalid, but Vonage does not name it
}
REASON = invert_codes(_STATUSES)
INTERNAL = "5"  # leaves open whether Vonage accepted the message

ApiKey = Annotated[str, pattern("[0-9A-Za-z]{1,32}", "Give the API key as the dashboard shows it: letters and digits.")]

# The account's signature method, chosen in its dashboard; a call does not name it.
Method = Literal["md5hash", "md5", "sha1", "sha256", "sha512"]


def read_fields(body: bytes, query: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of a call: JSON, a form or a GET's query, as the account is set; raises `InvalidRequest`.

    Of JSON, only strings and integers are returned: Vonage sends nothing else, and nothing else is read.
    """
    if len(body) > MAX_SIGNED_BODY:
        raise unreadable_report()
    if body.lstrip()[:1] in {b"{", b"["}:
        entries = read_json(body)
        if len(entries) != 1 or not isinstance(entries[0], dict):
            raise unreadable_report()
        return {name: str(value) for name, value in entries[0].items() if isinstance(value, str | int)}
    if not body:
        return dict(query)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:  # not UTF-8, or too many fields
        raise unreadable_report() from None


def is_signed(fields: Mapping[str, str], *, secret: str, method: Method, now: float) -> bool:
    """Return whether this secret signed these fields within five minutes of `now`, in seconds since 1970.

    The nonce of a call is not stored, because a replayed report changes nothing.
    """
    given = fields.get("sig", "").lower()  # some of Vonage's services write upper case
    expected = sign(fields, secret=secret, method=method).encode()
    return is_same(given, expected) and is_recent(fields.get("timestamp", ""), now=now)


def sign(fields: Mapping[str, str], *, secret: str, method: Method) -> str:
    """Return Vonage's signature `sig` of these fields, in lower case.

    All fields but `sig` are sorted by name and joined as `&name=value`, with `_` for every `&` and `=` in
    a value and no other encoding. `sig` is the hexadecimal HMAC of that text under the account's signature
    secret; `md5hash` is not an HMAC but the MD5 of the text followed by the secret. Names are cleaned like
    values, which Vonage's names do not need: otherwise one field could be passed off as two.
    Source: https://developer.vonage.com/en/getting-started/concepts/signing-messages.
    """
    pairs = sorted((_clean(name), _clean(value)) for name, value in fields.items() if name != "sig")
    text = "".join(f"&{name}={value}" for name, value in pairs).encode("utf-8", "surrogatepass")
    if method == "md5hash":
        return hashlib.md5(text + secret.encode()).hexdigest()  # noqa: S324  the method of an old account
    return hex_hmac(secret, text, method).decode()


def _clean(text: str) -> str:
    return re.sub("[&=]", "_", text)


class Vonage(BaseGateway["Vonage.Settings"]):
    """Send messages through Vonage's SMS API."""

    title = "Vonage"
    takes_dlt_ids = True

    class Settings(GatewaySettings):
        """An account at Vonage."""

        url: EncryptedAddress = "https://rest.nexmo.com"
        api_key: ApiKey
        api_secret: HeaderSecret
        sender: Sender
        signature_secret: HeaderSecret | None = None
        """Verifies reports; Vonage's support enables signing on request."""

        signature_method: Method = "sha256"
        """Must match the dashboard; Vonage's default is `md5hash`."""

        @model_validator(mode="after")
        def _check_report_authentication(self) -> Self:
            """Reject an account whose reports anyone could forge."""
            if not (self.signature_secret or self.report_token):
                raise ValueError("Give a SIGNATURE_SECRET or, where Vonage does not sign, a REPORT_TOKEN.")
            return self

    async def send(self, message: Message) -> Accepted:
        """Send one message; raises `Refused`, `Unreachable` or `Unsure`."""
        report_url = self._report_url()
        form = {
            "from": (message.sender or self._settings.sender).removeprefix("+"),
            "to": message.to.digits,
            "text": message.text,
            "type": "text" if fits_gsm7(message.text) else "unicode",
            "ttl": str(max(_MIN_TTL, message.valid_for) * 1000),
            "client-ref": message.id,
            "callback": report_url if len(report_url) <= _MAX_CALLBACK else "",  # else the dashboard's applies
            "entity-id": message.entity_id,
            "content-id": message.template_id,
        }
        fields = await self._call("POST", "/sms/json", form=without_empty(form))
        accepted = [part for part in _parts(fields) if _is_accepted(part)]
        # Each segment has its own id; all their reports carry our reference.
        message_id = first_text(accepted[0], "message-id") if accepted else ""
        # In euros, as the balance that it is paid from.
        total = price(*(part.get("message-price") for part in accepted), currency="EUR")
        return self._accepted(message_id, segments=len(accepted), price=total)

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify and read a delivery receipt: a query, a form or JSON; raises `BadReport` or `InvalidRequest`."""
        fields, settings = read_fields(callback.body, callback.query), self._settings
        if not fields:
            return []  # Vonage tests an address with an empty call
        secret = settings.signature_secret.get_secret_value() if settings.signature_secret else None
        if secret and not is_signed(fields, secret=secret, method=settings.signature_method, now=now):
            raise BadReport
        if "status" not in fields:
            return []  # an incoming SMS
        return read_each([fields], _read_entry)

    async def check(self) -> str:
        """Return the balance, which is in euros."""
        return balance(await self._call("GET", "/account/get-balance"), "value", currency="EUR")

    def _headers(self) -> dict[str, str]:
        """Return key and secret as a header, which fewer logs record than forms."""
        return basic_auth(self._settings.api_key, self._settings.api_secret)

    def _read_error(self, fields: Mapping[str, object]) -> tuple[Reason | None, str]:
        """Read the first status that is an error: each segment has its own, and HTTP 200 may carry one."""
        parts = _parts(fields)
        code = next((code for part in parts if (code := first_text(part, "status")) not in {"", "0"}), "")
        reason = REASON.get(code, Reason.UNKNOWN)
        word = loggable(code, "[0-9]{1,4}")
        if 0 < sum(map(_is_accepted, parts)) < len(parts) or code == INTERNAL:
            raise Unsure("Vonage accepted at most a part of the message.", reason=reason, word=word)
        return reason if code else None, word


def _parts(fields: Mapping[str, object]) -> list[Mapping[str, object]]:
    """Return the segments of a response."""
    return [part for part in list_field(fields, "messages") if isinstance(part, dict)]


def _is_accepted(part: Mapping[str, object]) -> bool:
    return first_text(part, "status") == "0" and first_text(part, "message-id") != ""


def _read_entry(fields: Mapping[str, object]) -> Report | None:
    """Read one delivery receipt: `to` is the sender, `msisdn` the number."""
    word, code = first_text(fields, "status"), first_text(fields, "err-code")
    return make_report(
        vendor_id=first_text(fields, "messageId", "message-id"),
        status=STATUS.get(word),
        word=word,
        code=code,
        reason=REPORT_REASON.get(code),
        reference=first_text(fields, "client-ref"),
        recipient=first_text(fields, "msisdn"),
    )
