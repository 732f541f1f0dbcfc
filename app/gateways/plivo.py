"""Plivo (plivo.com), after its public pages on messages, their status callbacks and error codes.

https://www.plivo.com/docs/messaging/. Nobody has tried it on a live account yet. It takes no id of
ours: that stands in the address that its reports go to.
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from app.domain.errors import BadReport
from app.domain.gateway import Unsure
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.status import Reason, Status
from app.gateways.gateway_client import GatewayClient, basic_auth
from app.gateways.report_parsing import (
    amount,
    first_text,
    flatten,
    invert_codes,
    is_token,
    make_report,
    read_each,
    read_form,
)
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, ReportToken, Sender
from app.http_client import HttpResponse, require_ok
from app.settings.parsers import pattern

BASE = "https://api.plivo.com/v1"
_SHORTEST, _LONGEST = 5, 10_799  # seconds that a message may wait at the vendor

# The vendor's status -> ours. What is not listed becomes UNKNOWN, never an error.
STATUS = {
    "queued": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "undelivered": Status.UNDELIVERED,
    "failed": Status.FAILED,
    "rejected": Status.FAILED,
}

# Why <- the vendor's ErrorCode. On sending it gives a sentence and the HTTP status, and no code.
_CODES = {
    Reason.INVALID_NUMBER: "50",
    Reason.UNREACHABLE_TEMPORARY: "80",
    Reason.UNREACHABLE_PERMANENT: "70",
    Reason.OPTED_OUT: "200",
    Reason.INVALID_SENDER: "40 201",
    Reason.CONTENT_REJECTED: "10 30 110",
    Reason.EXPIRED: "420",
    Reason.NO_CREDIT: "900",
    # Its own routes, and countries that the account has not opened (450): another gateway may reach the number.
    Reason.PROVIDER_ERROR: "20 60 90 100 300 450",
}
REASON = invert_codes(_CODES)

AuthId = Annotated[str, pattern("[0-9A-Za-z]{1,40}", "Give the auth id of an account: letters and digits.")]


# How Plivo signs its callbacks, after its public pages on validating requests and its client libraries.
#
# Both versions are the base64 of an HMAC (SHA-256) by the account's auth token. Version 2 covers the
# address without its query, and a nonce; version 3 covers the query and the fields of the form as well.
# A header may hold several signatures, and its second name is for those of a main account over its
# subaccounts. Neither version tells a time.
_V2 = ("x-plivo-signature-v2", "x-plivo-signature-ma-v2")
_V3 = ("x-plivo-signature-v3", "x-plivo-signature-ma-v3")
_MOST = 16 * 1024  # bytes; a stranger's body is read before it is known to be one's
_MOST_FIELDS = 100


def is_signed(headers: Mapping[str, str], *, url: str, body: bytes, token: str) -> bool:
    """Tell whether Plivo made this call; a call by GET has no body.

    A call that carries version 3 is judged by it alone. Version 2 covers neither query nor fields:
    whoever overhears a call so signed can change them, and only a secret in the address keeps others out.
    """
    if len(body) > _MOST:
        return False
    try:
        if any(name in headers for name in _V3):
            nonce = headers.get("x-plivo-signature-v3-nonce", "")
            return bool(nonce) and _fits(f"{_whole(url, body)}.{nonce}", token, headers, _V3)
        nonce = headers.get("x-plivo-signature-v2-nonce", "")
        return bool(nonce) and _fits(f"{_bare(url)}{nonce}", token, headers, _V2)
    except ValueError:  # no text in UTF-8, or too many fields: nothing that Plivo would sign
        return False


def _fits(text: str, token: str, headers: Mapping[str, str], names: tuple[str, ...]) -> bool:
    """Compare what must have been signed with every signature that was given."""
    expected = b64encode(hmac.digest(token.encode(), text.encode(), "sha256"))
    given = [one for name in names for one in headers.get(name, "").split(",")]
    return any(hmac.compare_digest(one.strip().encode("utf-8", "surrogatepass"), expected) for one in given)


def _bare(url: str) -> str:
    """Give an address without its query."""
    return urlsplit(url)._replace(query="", fragment="").geturl()


def _whole(url: str, body: bytes) -> str:
    """Give an address with its query and the form's fields, sorted: `url?a=1&b=2.c3d4`, as version 3 writes them."""
    query = [f"{name}={value}" for name, value in _fields(urlsplit(url).query)]
    form = [f"{name}{value}" for name, value in _fields(body.decode())]
    mark, dot = "?" if query or form else "", "." if query and form else ""
    return f"{_bare(url)}{mark}{'&'.join(query)}{dot}{''.join(form)}"


def _fields(text: str) -> list[tuple[str, str]]:
    fields = parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    return [(name, value) for name in sorted(fields) for value in sorted(fields[name])]


class Plivo:
    """Carries messages by Plivo."""

    acknowledgement = b"OK"
    repeats_safely = False

    class Settings(GatewaySettings):
        """An account at Plivo."""

        url: EncryptedAddress = BASE
        auth_id: AuthId
        auth_token: HeaderSecret
        """It opens the account and verifies reports."""

        sender: Sender
        report_token: ReportToken | None = None

    def __init__(self, settings: Settings, client: GatewayClient) -> None:
        self.name = client.name
        self._settings = settings
        self._client = client
        self._account = f"{settings.url.rstrip('/')}/Account/{settings.auth_id}/"

    async def send(self, message: Message) -> Accepted:
        """Hand one message over; raises `Refused`, `Unreachable` or `Unsure`."""
        body = {
            "src": message.sender or self._settings.sender,
            "dst": message.to.digits,
            "text": message.text,
            "type": "sms",
            "url": f"{self._client.reports_at(self._settings.report_token)}?message={message.id}",
            "method": "POST",
            "log": "false",  # keeps neither text nor number
            "message_expiry": min(max(_SHORTEST, message.valid_for), _LONGEST),
            "dlt_entity_id": message.entity_id,
            "dlt_template_id": message.template_id,
            "dlt_template_category": "service_implicit" if message.template_id else "",  # what India calls a code
        }
        given = {name: value for name, value in body.items() if value}
        said = _read_answer(await self._call("POST", f"{self._account}Message/", json=given))
        ids = said.get("message_uuid")
        message_id = first_text({"id": ids[0]}, "id") if isinstance(ids, list) and ids else ""
        if not message_id:
            raise Unsure("Plivo answered without an id.")
        return Accepted(message_id)

    def knows(self, token: str) -> bool:
        """Tell whether an address ends as it should: Plivo signs, so a token is not needed."""
        return is_token(token, self._settings.report_token)

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify a status callback, and read it; raises `BadReport` or `InvalidRequest`.

        Its signature tells no time, so an old call stays good; played again, it changes nothing.
        """
        token = self._settings.auth_token.get_secret_value()
        if not is_signed(callback.headers, url=callback.url, body=callback.body, token=token):
            raise BadReport
        fields = read_form(callback.body) if callback.body else flatten(callback.query)
        if "Status" not in fields:
            return []  # an SMS that came in
        return read_each([{**fields, "message": first_text(callback.query, "message")}], _read_entry)

    async def check(self) -> str:
        """Ask for the credit, in US dollars."""
        return amount(_read_answer(await self._call("GET", self._account)), "cash_credits", currency="USD")

    async def _call(self, method: str, url: str, *, json: object = None) -> HttpResponse:
        headers = basic_auth(self._settings.auth_id, self._settings.auth_token)
        return await self._client.call(method, url, headers=headers, json=json)


def _read_answer(answer: HttpResponse) -> Mapping[str, object]:
    """Give what Plivo said, or raise what went wrong."""
    require_ok(answer)
    return answer.fields()


def _read_entry(fields: Mapping[str, object]) -> Report | None:
    """Read one callback; a part of a longer message reports for the whole."""
    vendor_id, word = first_text(fields, "ParentMessageUUID", "MessageUUID"), first_text(fields, "Status")
    if not vendor_id or not word:
        return None
    code = first_text(fields, "ErrorCode")
    return make_report(
        vendor_id=vendor_id,
        status=STATUS.get(word.lower(), Status.UNKNOWN),
        word=word,
        code=code,
        why=REASON.get(code),
        reference=first_text(fields, "message"),
        recipient=first_text(fields, "To"),
    )
