"""Vonage by its SMS API, once Nexmo's, after https://developer.vonage.com/en/api/sms and its OpenAPI document.

Nobody has tried it on a live account yet.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Literal, Self
from urllib.parse import parse_qsl

from pydantic import model_validator

from app.domain.errors import BadReport
from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.gsm7 import fits_gsm7
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.status import Reason, Status
from app.gateways.gateway_client import GatewayClient, basic_auth
from app.gateways.report_parsing import (
    amount,
    first_text,
    invert_codes,
    is_token,
    make_report,
    read_each,
    read_json,
    unreadable_report,
)
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, ReportToken, Sender
from app.http_client import HttpResponse, require_ok, retry_after
from app.settings.parsers import pattern

BASE = "https://rest.nexmo.com"
_SHORTEST_LIFE = 20  # seconds; Vonage takes no less
_LONGEST_CALLBACK = 100  # characters

# Vonage's status of a report -> ours. What is not listed becomes UNKNOWN, never an error.
STATUS = {
    "accepted": Status.SENT,
    "buffered": Status.BUFFERED,
    "delivered": Status.DELIVERED,
    "expired": Status.EXPIRED,
    "failed": Status.FAILED,
    "rejected": Status.FAILED,
    "unknown": Status.UNKNOWN,
}

# Why <- the err-code of a report. What Vonage cannot route, others may.
_ERR_CODES = {
    Reason.UNREACHABLE_TEMPORARY: "2 7 15",
    Reason.UNREACHABLE_PERMANENT: "3",
    Reason.OPTED_OUT: "9",
    Reason.BLOCKED_DESTINATION: "4 13 14",
    Reason.CONTENT_REJECTED: "6 10 50 51 52 53 54",  # from 50: filters of who may send what to whom
    Reason.PROVIDER_ERROR: "5 8 11 12 16",
}
DETAIL = invert_codes(_ERR_CODES)

# Why <- the status of an answer.
_STATUSES = {
    Reason.AUTH: "4 8 14",
    Reason.NO_CREDIT: "9",
    Reason.CONFIG: "2 11 22 23 32",
    Reason.INVALID_SENDER: "15",
    Reason.CONTENT_REJECTED: "12",
    Reason.BLOCKED_DESTINATION: "7",
    Reason.UNREACHABLE_PERMANENT: "33",
    Reason.THROTTLED: "1 10",
    # 6: it cannot route the prefix. 29: this account, on trial, may not send there.
    Reason.PROVIDER_ERROR: "5 6 29",
    Reason.UNKNOWN: "3",  # a value is wrong, it does not say which
}
REASON = invert_codes(_STATUSES)
INTERNAL = "5"  # the one that does not say whether it took the message

ApiKey = Annotated[str, pattern("[0-9A-Za-z]{1,32}", "Give the API key as the dashboard shows it: letters and digits.")]


# How Vonage signs calls of its SMS API, after https://developer.vonage.com/en/getting-started/concepts/signing-messages.
#
# The fields but `sig` are sorted by name and written as `&name=value` each, with `_` for every `&` and
# `=` in a value and nothing else encoded. `sig` is the hexadecimal HMAC of that under the account's
# signature secret; `md5hash` is no HMAC but the MD5 of that text with the secret behind it. The method
# is the account's, chosen in its dashboard: a call does not tell it.
Method = Literal["md5hash", "md5", "sha1", "sha256", "sha512"]

_GOOD_FOR = 300  # seconds; a call also has a nonce, which is not remembered: a report told again changes nothing
_MOST = 16 * 1024  # bytes; a stranger's body is read before it is known to be one's
_MOST_FIELDS = 100


def fields_of(body: bytes, query: Mapping[str, str]) -> dict[str, str]:
    """Find what a call tells: JSON, a form or the query of a GET, as the account is set; raises `InvalidRequest`.

    Of JSON, texts and whole numbers: Vonage writes nothing else, and what is not here is not read either.
    """
    if len(body) > _MOST:
        raise unreadable_report()
    if body.lstrip()[:1] in {b"{", b"["}:
        told = read_json(body)
        if len(told) != 1 or not isinstance(told[0], dict):
            raise unreadable_report()
        return {name: str(value) for name, value in told[0].items() if isinstance(value, str | int)}
    if not body:
        return dict(query)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:  # not UTF-8, or too many fields
        raise unreadable_report() from None


def is_signed(fields: Mapping[str, str], *, secret: str, method: Method, now: float) -> bool:
    """Tell whether this secret signed these fields, within five minutes; `now` is seconds since 1970."""
    given = fields.get("sig", "").lower().encode("utf-8", "surrogatepass")  # some of Vonage's parts write capitals
    expected = sign(fields, secret=secret, method=method).encode()
    timestamp = fields.get("timestamp", "")
    is_fresh = bool(re.fullmatch("[0-9]{1,12}", timestamp)) and abs(now - int(timestamp)) <= _GOOD_FOR
    return hmac.compare_digest(given, expected) and is_fresh


def sign(fields: Mapping[str, str], *, secret: str, method: Method) -> str:
    """Make the signature of these fields, in small letters.

    Names are cleaned as values are, though Vonage's need it not: or one field could pass for two.
    """
    pairs = sorted((_clean(name), _clean(value)) for name, value in fields.items() if name != "sig")
    text = "".join(f"&{name}={value}" for name, value in pairs).encode("utf-8", "surrogatepass")
    if method == "md5hash":
        return hashlib.md5(text + secret.encode()).hexdigest()  # noqa: S324  an old account's choice, not ours
    return hmac.new(secret.encode(), text, method).hexdigest()


def _clean(text: str) -> str:
    return re.sub("[&=]", "_", text)


class Vonage:
    """Carries messages by Vonage's SMS API."""

    acknowledgement = b"OK"
    repeats_safely = False

    class Settings(GatewaySettings):
        """An account at Vonage."""

        url: EncryptedAddress = BASE
        api_key: ApiKey
        api_secret: HeaderSecret
        sender: Sender
        signature_secret: HeaderSecret | None = None
        """It verifies reports; Vonage signs them once its support was asked to."""

        signature_method: Method = "sha256"
        """It must be the one that the dashboard names; Vonage's own default is `md5hash`."""

        report_token: ReportToken | None = None

        @model_validator(mode="after")
        def _has_reports_verified(self) -> Self:
            """Refuse an account whose reports anybody could write."""
            if not (self.signature_secret or self.report_token):
                raise ValueError("Give a SIGNATURE_SECRET or, where Vonage does not sign, a REPORT_TOKEN.")
            return self

    def __init__(self, settings: Settings, client: GatewayClient) -> None:
        self.name = client.name
        self._settings = settings
        self._client = client

    async def send(self, message: Message) -> Accepted:
        """Hand one message over; raises `Refused`, `Unreachable` or `Unsure`."""
        form = _form(message, self._settings, self._client.reports_at(self._settings.report_token))
        return _read_answer(await self._call("POST", "/sms/json", form))

    def knows(self, token: str) -> bool:
        """Tell whether an address ends as it should; a token is needed where nothing is signed."""
        return is_token(token, self._settings.report_token)

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify and read a delivery receipt: a query, a form or JSON; raises `BadReport` or `InvalidRequest`."""
        fields, own = fields_of(callback.body, callback.query), self._settings
        if not fields:
            return []  # Vonage tries an address with nothing in it
        secret = own.signature_secret.get_secret_value() if own.signature_secret else None
        if secret and not is_signed(fields, secret=secret, method=own.signature_method, now=now):
            raise BadReport
        if "status" not in fields:
            return []  # an SMS that came in
        return read_each([fields], _read_entry)

    async def check(self) -> str:
        """Ask for the balance, which is in euros."""
        answer = await self._call("GET", "/account/get-balance")
        require_ok(answer)
        return amount(answer.fields(), "value", currency="EUR")

    async def _call(self, method: str, path: str, form: Mapping[str, str] | None = None) -> HttpResponse:
        """Make one call; key and secret go into a header: fewer logs keep those than forms."""
        url, headers = self._settings.url.rstrip("/"), basic_auth(self._settings.api_key, self._settings.api_secret)
        return await self._client.call(method, f"{url}{path}", headers=headers, form=form)


def _form(message: Message, settings: Vonage.Settings, report_url: str) -> dict[str, str]:
    """Write the fields of a new message; for an address that is too long the dashboard's must do."""
    form = {
        "from": (message.sender or settings.sender).removeprefix("+"),
        "to": message.to.digits,
        "text": message.text,
        "type": "text" if fits_gsm7(message.text) else "unicode",
        "ttl": str(max(_SHORTEST_LIFE, message.valid_for) * 1000),
        "client-ref": message.id,
        "callback": report_url if len(report_url) <= _LONGEST_CALLBACK else "",
        "entity-id": message.entity_id,
        "content-id": message.template_id,
    }
    return {name: value for name, value in form.items() if value}


def _read_answer(answer: HttpResponse) -> Accepted:
    """Find the message's id, or say what went wrong: an error hides behind HTTP 200, and each segment may have one."""
    told = answer.fields().get("messages")
    parts = [part for part in told if isinstance(part, dict)] if isinstance(told, list) else []
    taken = [part for part in parts if first_text(part, "status") == "0" and first_text(part, "message-id")]
    code = next((code for part in parts if (code := first_text(part, "status")) not in {"", "0"}), "")
    reason, word = REASON.get(code, Reason.UNKNOWN), code if re.fullmatch("[0-9]{1,4}", code) else ""
    if (taken and len(taken) < len(parts)) or code == INTERNAL:
        raise Unsure("Vonage took a part of it at most.", reason=reason, word=word)
    if reason is Reason.THROTTLED:
        raise Unreachable("Vonage is throttling.", reason=reason, word=word, after=retry_after(answer))
    if code:
        raise Refused("Vonage refused the message.", reason=reason, word=word)
    require_ok(answer)
    if not taken:
        raise Unsure("Vonage answered without an id.")
    # Each segment has an id of its own; their reports all have our reference.
    return Accepted(first_text(taken[0], "message-id"), segments=len(taken), price=_price(taken))


def _price(parts: Sequence[Mapping[str, object]]) -> str | None:
    """Add up what the segments cost, where each tells it."""
    prices = [first_text(part, "message-price") for part in parts]
    is_told = all(re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", price) for price in prices)
    return f"{sum(map(Decimal, prices)):f}" if is_told else None


def _read_entry(fields: Mapping[str, object]) -> Report | None:
    """Read one delivery receipt; `to` is what the phone showed, the number is in `msisdn`."""
    vendor_id, word = first_text(fields, "messageId", "message-id"), first_text(fields, "status")
    if not vendor_id or not word:
        return None
    code = first_text(fields, "err-code")
    return make_report(
        vendor_id=vendor_id,
        status=STATUS.get(word, Status.UNKNOWN),
        word=word,
        code=code,
        why=DETAIL.get(code),
        reference=first_text(fields, "client-ref"),
        recipient=first_text(fields, "msisdn"),
    )
