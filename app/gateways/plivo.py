"""Plivo (plivo.com), after its public pages on messages, their status callbacks and error codes.

https://www.plivo.com/docs/messaging/. Nobody has tried it on a live account yet. It takes no id of
ours: that stands in the address that its reports go to.
"""

from collections.abc import Mapping
from typing import Annotated

from app.domain.errors import BadReport
from app.domain.gateway import Unsure
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.status import Reason, Status
from app.gateways.basic import basic_auth
from app.gateways.gateway_client import GatewayClient
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
from app.gateways.signatures.plivo import is_signed
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
