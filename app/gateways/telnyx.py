"""Telnyx (telnyx.com), after its public pages on messages, their webhooks, error codes and the balance.

https://developers.telnyx.com/docs/messaging. Nobody has tried it on a live account yet. It takes no
id of ours and no time to live: our id stands in the address that its reports go to.
"""

import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Annotated, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import AfterValidator, model_validator

from app.domain.errors import BadReport
from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.status import Reason, Status
from app.gateways.gateway_client import GatewayClient
from app.gateways.report_parsing import (
    amount,
    first_text,
    inside,
    invert_codes,
    is_token,
    make_report,
    read_each,
    read_json,
    segments,
)
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, ReportToken, Sender
from app.http_client import HttpResponse, require_ok, retry_after
from app.settings.parsers import pattern

BASE = "https://api.telnyx.com/v2"

# The vendor's status of a recipient -> ours. What is not listed becomes UNKNOWN, never an error.
STATUS = {
    "queued": Status.QUEUED,
    "sending": Status.QUEUED,
    "sent": Status.SENT,
    "delivery_unconfirmed": Status.SENT,  # the last word on networks that confirm nothing
    "delivered": Status.DELIVERED,
    "expired": Status.EXPIRED,
    "delivery_failed": Status.UNDELIVERED,
    "sending_failed": Status.FAILED,
}

# Why <- the vendor's error, of a message that it does not take as of one that it gives up later.
_CODES = {
    Reason.AUTH: "10009 10010 20002 20006",
    Reason.NO_CREDIT: "20012 20100",  # 20012: inactive, most often for want of funds
    Reason.CONFIG: "10003 10005 10006 20013 20014 20015 20016 20017 40100 40150 40151 40311 40312 40313 40314",
    Reason.INVALID_SENDER: "10001 10002 10016 40003 40010 40013 40305 40306 40308 40315 40320 40321 40329",
    Reason.INVALID_NUMBER: "40001 40012 40310",
    Reason.OPTED_OUT: "40300",
    Reason.CONTENT_REJECTED: "40002 40009 40015 40017 40302 40304 40316 40317 40322 40328",
    Reason.EXPIRED: "40005 40014",
    Reason.THROTTLED: "10011 40011 40016 40018 40318",
    # Its own routes, and regions that this account may not send to (40309): another gateway may reach the number.
    Reason.PROVIDER_ERROR: "40004 40006 40007 40008 40301 40309 40319",
}
REASON = invert_codes(_CODES)
_ABOUT_EITHER_NUMBER = {"10001", "10002", "10016"}  # the error's `source` says which
_MAYBE_TAKEN = {"10007", "10008"}  # "unexpected", and a time-out on its side


# How Telnyx signs its webhooks, after its public page on receiving them.
#
# `telnyx-signature-ed25519` is the base64 of an Ed25519 signature over the value of `telnyx-timestamp`
# (seconds since 1970), a bar, and the body as it was sent. The account's public key stands in its portal.
_FEWEST_DIFFERENT_BYTES = 8
GOOD_FOR = 300  # seconds, either way; the vendor's own libraries allow as much


def read_key(text: str) -> Ed25519PublicKey:
    """Read a public key as the portal shows it, 32 bytes in base64; raises `ValueError`.

    The few points of small order, for which anybody can sign, consist of hardly any different bytes.
    """
    key = b64decode(text, validate=True)
    if len(set(key)) < _FEWEST_DIFFERENT_BYTES:
        raise ValueError("this is no key")
    return Ed25519PublicKey.from_public_bytes(key)


def is_signed(body: bytes, *, signature: str, timestamp: str, key: Ed25519PublicKey, now: float) -> bool:
    """Tell whether the account's own Telnyx sent this body, within the last minutes."""
    if not re.fullmatch("[0-9]{1,12}", timestamp) or abs(now - int(timestamp)) > GOOD_FOR:
        return False
    try:
        key.verify(b64decode(signature, validate=True), timestamp.encode() + b"|" + body)
    except (InvalidSignature, ValueError):  # a ValueError is a signature that is no base64
        return False
    return True


def _public_key(text: str) -> str:
    """Refuse what is no public key: the API key is easily pasted in its place."""
    try:
        read_key(text)
    except ValueError:
        raise ValueError("Give the account's public key: 44 letters, the last of them =.") from None
    return text


PublicKey = Annotated[str, AfterValidator(_public_key)]
ProfileId = Annotated[str, pattern("[0-9A-Za-z-]{1,64}", "Give the profile's id: letters, digits and dashes.")]


class Telnyx:
    """Carries messages by Telnyx."""

    acknowledgement = b"OK"
    repeats_safely = False

    class Settings(GatewaySettings):
        """An account at Telnyx."""

        url: EncryptedAddress = BASE
        api_key: HeaderSecret
        public_key: PublicKey
        """It verifies reports; the portal shows it beside the API keys."""

        sender: Sender | None = None
        """A number or a name; without one the profile's pool of numbers sends."""

        messaging_profile_id: ProfileId | None = None
        """A sender that is a name needs it, and so does a pool."""

        report_token: ReportToken | None = None

        @model_validator(mode="after")
        def _sends_as_somebody(self) -> Self:
            """Refuse an account that could send as nobody."""
            if not self.messaging_profile_id and not (self.sender or "").startswith("+"):
                raise ValueError("Give MESSAGING_PROFILE_ID, or a SENDER that is a number, or both.")
            return self

    def __init__(self, settings: Settings, client: GatewayClient) -> None:
        self.name = client.name
        self._settings = settings
        self._client = client
        self._key = read_key(settings.public_key)

    async def send(self, message: Message) -> Accepted:
        """Hand one message over; raises `Refused`, `Unreachable` or `Unsure`."""
        body = {
            "to": message.to.e164,
            "from": message.sender or self._settings.sender,
            "messaging_profile_id": self._settings.messaging_profile_id,
            "text": message.text,
            "type": "SMS",
            "webhook_url": f"{self._client.reports_at(self._settings.report_token)}?message={message.id}",
            "use_profile_webhooks": False,  # reports quote the text: they are for us alone
        }
        given = {name: value for name, value in body.items() if value is not None}
        said = _read_answer(await self._call("POST", "/messages", json=given))
        if message_id := first_text(said, "id"):
            return Accepted(message_id, segments=segments(said, "parts"))
        raise Unsure("Telnyx answered without an id.")

    def knows(self, token: str) -> bool:
        """Tell whether an address ends as it should: Telnyx signs, so a token is not needed."""
        return is_token(token, self._settings.report_token)

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify a webhook call, and read it; raises `BadReport` or `InvalidRequest`."""
        signature = callback.headers.get("telnyx-signature-ed25519", "")
        timestamp = callback.headers.get("telnyx-timestamp", "")
        if not is_signed(callback.body, signature=signature, timestamp=timestamp, key=self._key, now=now):
            raise BadReport
        reference = first_text(callback.query, "message")
        entries = [entry for entry in read_json(callback.body) if not _is_something_else(entry)]
        return read_each(entries, lambda entry: _read_entry(entry, reference))

    async def check(self) -> str:
        """Ask for the balance, with what the account may owe."""
        said = _read_answer(await self._call("GET", "/balance"))
        return amount(said, "available_credit", "balance", currency=first_text(said, "currency"))

    async def _call(self, method: str, path: str, *, json: object = None) -> HttpResponse:
        headers = {"Authorization": f"Bearer {self._settings.api_key.get_secret_value()}"}
        return await self._client.call(method, f"{self._settings.url.rstrip('/')}{path}", headers=headers, json=json)


def _read_answer(answer: HttpResponse) -> Mapping[str, object]:
    """Give the `data` of an answer, or raise what went wrong."""
    said = answer.json()
    code, reason = _error(said)
    if code in _MAYBE_TAKEN:
        raise Unsure("Telnyx failed on its side.", reason=Reason.PROVIDER_ERROR, word=code)
    if reason is Reason.THROTTLED:
        raise Unreachable("Telnyx cannot take it now.", reason=reason, word=code, after=retry_after(answer))
    if reason:
        raise Refused("Telnyx refused the message.", reason=reason, word=code)
    require_ok(answer, word=code)
    if code:
        raise Refused("Telnyx refused the message.", word=code)
    return inside(said, "data")


def _error(said: object) -> tuple[str, Reason | None]:
    """Find the code of the first error, and why; not its text, which may quote what we sent."""
    error = inside(said, "errors", 0)
    code = first_text(error, "code")
    if code in _ABOUT_EITHER_NUMBER and first_text(inside(error, "source"), "pointer").endswith("/to"):
        return code, Reason.INVALID_NUMBER
    return code if re.fullmatch("[0-9]{1,6}", code) else "", REASON.get(code)


def _is_something_else(entry: object) -> bool:
    """Tell whether an event is not about delivery: replies may come to the same address."""
    kind = first_text(inside(entry, "data"), "event_type")
    return bool(kind) and kind not in {"message.sent", "message.finalized"}


def _read_entry(entry: Mapping[str, object], reference: str) -> Report | None:
    """Read one event: a message, its one recipient, and where it stands."""
    message, recipient = inside(entry, "data", "payload"), inside(entry, "data", "payload", "to", 0)
    vendor_id, word = first_text(message, "id"), first_text(recipient, "status")
    if not vendor_id or not word:
        return None
    code, why = _error(message)
    return make_report(
        vendor_id=vendor_id,
        status=STATUS.get(word, Status.UNKNOWN),
        word=word,
        code=code,
        why=why,
        reference=reference,
        recipient=first_text(recipient, "phone_number"),
    )
