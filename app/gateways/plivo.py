"""Plivo (plivo.com), written from its public pages on messages, their status callbacks and error codes.

https://www.plivo.com/docs/messaging/. Not yet tested with a live account. It accepts no id of ours,
so our id is in the query of the report address.
"""

import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

import httpx

from app.domain.errors import BadReport
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.signatures.comparison import base64_hmac, is_same
from app.domain.status import Reason, Status
from app.gateways.base_gateway import BaseGateway
from app.gateways.gateway_client import basic_auth, without_empty
from app.gateways.report_parsing import (
    balance,
    first_item,
    first_text,
    flatten,
    invert_codes,
    make_report,
    price,
    read_each,
    read_form,
)
from app.gateways.report_verification import MAX_FIELDS, MAX_SIGNED_BODY
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, Sender
from app.http_client.responses import HttpResponse
from app.settings.parsers import pattern

_MIN_EXPIRY, _MAX_EXPIRY = 5, 10_799  # bounds of `message_expiry`, in seconds

# The vendor's status -> our status.
STATUS = {
    "queued": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "undelivered": Status.UNDELIVERED,
    "failed": Status.FAILED,
    "rejected": Status.FAILED,
}

# Reason <- the vendor's ErrorCode. A refused send has a message and the HTTP status, but no code.
_CODES = {
    Reason.INVALID_NUMBER: "50",
    Reason.UNREACHABLE_TEMPORARY: "80",
    Reason.UNREACHABLE_PERMANENT: "70",
    Reason.OPTED_OUT: "200",
    Reason.INVALID_SENDER: "40 201",
    Reason.CONTENT_REJECTED: "10 30 110",
    Reason.EXPIRED: "420",
    Reason.NO_CREDIT: "900",
    # Plivo's own routes, and countries that the account has not enabled (450): another gateway may reach the number.
    Reason.PROVIDER_ERROR: "20 60 90 100 300 450",
}
REASON = invert_codes(_CODES)

# What the sentence of a refused request is about -> reason.
SUBJECT = {"credit": Reason.NO_CREDIT, "src": Reason.INVALID_SENDER, "dst": Reason.INVALID_NUMBER}
# The words by which a sentence is about it, in this order: one that compares sender and recipient names both.
_SUBJECT_WORDS = {
    "credit": re.compile(r"\b(credits?|balance|funds?)\b", re.IGNORECASE),
    "src": re.compile(r"\b(src|source|sender)\b", re.IGNORECASE),
    "dst": re.compile(r"\b(dst|destination|phone number)\b", re.IGNORECASE),
}

AuthId = Annotated[str, pattern("[0-9A-Za-z]{1,40}", "Give the auth id of an account: letters and digits.")]

# The second header of each version is the signature of a main account for its subaccounts.
_V2 = ("x-plivo-signature-v2", "x-plivo-signature-ma-v2")
_V3 = ("x-plivo-signature-v3", "x-plivo-signature-ma-v3")


def is_signed(headers: Mapping[str, str], *, url: str, body: bytes, token: str) -> bool:
    """Return whether Plivo signed this call; a GET call has no body.

    Both versions are the base64 of an HMAC-SHA-256 under the account's auth token, and a header may hold
    several signatures. Version 2 covers the address without its query, and a nonce; version 3 also covers
    the query and the fields of the form. Neither covers a time. If a call carries version 3, only that
    version is checked. An attacker who records a call that is signed with version 2 can change its query
    and fields; only a secret in the address prevents that. Source: Plivo's public pages on validating
    requests, and its client libraries.
    """
    if len(body) > MAX_SIGNED_BODY:
        return False
    try:
        if any(name in headers for name in _V3):
            nonce = headers.get("x-plivo-signature-v3-nonce", "")
            return bool(nonce) and _matches_any(f"{_v3_text(url, body)}.{nonce}", token, headers, _V3)
        nonce = headers.get("x-plivo-signature-v2-nonce", "")
        return bool(nonce) and _matches_any(f"{_without_query(url)}{nonce}", token, headers, _V2)
    except ValueError:  # not UTF-8, or too many fields: Plivo sends neither
        return False


def _matches_any(text: str, token: str, headers: Mapping[str, str], names: tuple[str, ...]) -> bool:
    """Return whether any of the given signatures is that of `text`."""
    expected = base64_hmac(token, text.encode(), "sha256")
    given = [one for name in names for one in headers.get(name, "").split(",")]
    return any(is_same(one.strip(), expected) for one in given)


def _without_query(url: str) -> str:
    """Return an address without its query."""
    return urlsplit(url)._replace(query="", fragment="").geturl()


def _v3_text(url: str, body: bytes) -> str:
    """Return the text that version 3 signs: address, sorted query and sorted form, like `url?a=1&b=2.c3d4`."""
    query = [f"{name}={value}" for name, value in _fields(urlsplit(url).query)]
    form = [f"{name}{value}" for name, value in _fields(body.decode())]
    mark, dot = "?" if query or form else "", "." if query and form else ""
    return f"{_without_query(url)}{mark}{'&'.join(query)}{dot}{''.join(form)}"


def _fields(text: str) -> list[tuple[str, str]]:
    fields = parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    return [(name, value) for name in sorted(fields) for value in sorted(fields[name])]


class Plivo(BaseGateway["Plivo.Settings"]):
    """Send messages through Plivo."""

    title = "Plivo"
    takes_dlt_ids = True

    class Settings(GatewaySettings):
        """An account at Plivo."""

        url: EncryptedAddress = "https://api.plivo.com/v1"
        auth_id: AuthId
        auth_token: HeaderSecret
        """Authenticates API calls and verifies reports."""

        sender: Sender

    async def send(self, message: Message) -> Accepted:
        """Send one message; raises `Refused`, `Unreachable` or `Unsure`."""
        body = {
            "src": message.sender or self._settings.sender,
            "dst": message.to.digits,
            "text": message.text,
            "type": "sms",
            "url": self._report_url(message.id),
            "method": "POST",
            "log": "false",  # Plivo then stores neither text nor number
            "message_expiry": min(max(_MIN_EXPIRY, message.valid_for), _MAX_EXPIRY),
            "dlt_entity_id": message.entity_id,
            "dlt_template_id": message.template_id,
            "dlt_template_category": "service_implicit" if message.template_id else "",  # India's category for a code
        }
        fields = await self._call("POST", "Message/", json=without_empty(body))
        if fields.get("message_uuid") == []:  # Plivo took the request, and no message to this number
            raise self._refused(Reason.INVALID_NUMBER, word="no message_uuid")
        return self._accepted(first_item(fields, "message_uuid"))

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify and read a status callback; raises `BadReport` or `InvalidRequest`.

        The signature has no timestamp, so an old call stays valid; a replay changes nothing.
        """
        token = self._settings.auth_token.get_secret_value()
        if not is_signed(callback.headers, url=callback.url, body=callback.body, token=token):
            raise BadReport
        fields = read_form(callback.body) if callback.body else flatten(callback.query)
        if "Status" not in fields:
            return []  # an incoming SMS
        return read_each([{**fields, "message": first_text(callback.query, "message")}], _read_entry)

    async def check(self) -> str:
        """Return the credit in US dollars."""
        return balance(await self._call("GET", ""), "cash_credits", currency="USD")

    def _base_url(self) -> str:
        return f"{super()._base_url()}/Account/{self._settings.auth_id}/"

    def _headers(self) -> dict[str, str]:
        return basic_auth(self._settings.auth_id, self._settings.auth_token)

    def _read_response(self, response: HttpResponse) -> Mapping[str, object]:
        """Tell number, sender and credit apart, which Plivo refuses with HTTP 400 and different sentences."""
        word = ""
        if response.status == httpx.codes.BAD_REQUEST:
            word = _subject(str(response.fields().get("error", "")), self._settings.sender)
        if word:
            raise self._refused(SUBJECT[word], word=word)
        return super()._read_response(response)


def _subject(sentence: str, sender: str) -> str:
    """Return what a sentence is about, "" if it names nothing; "phone number" may also be the sender, then quoted."""
    if f"'{sender.removeprefix('+')}'" in sentence.replace("+", ""):
        return "src"
    return next((word for word, words in _SUBJECT_WORDS.items() if words.search(sentence)), "")


def _read_entry(fields: Mapping[str, object]) -> Report | None:
    """Read one callback; a report of one part counts for the whole message."""
    word, code = first_text(fields, "Status"), first_text(fields, "ErrorCode")
    return make_report(
        vendor_id=first_text(fields, "ParentMessageUUID", "MessageUUID"),
        status=STATUS.get(word.lower()),
        word=word,
        code=code,
        reason=REASON.get(code),
        reference=first_text(fields, "message"),
        recipient=first_text(fields, "To"),
        price=price(fields.get("TotalAmount"), currency="USD"),  # of all parts, in the credit's currency
    )
