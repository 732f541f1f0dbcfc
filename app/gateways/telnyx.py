"""Telnyx (telnyx.com), written from its public pages on messages, their webhooks, error codes and the balance.

https://developers.telnyx.com/docs/messaging. Not yet tested with a live account. It accepts no id of
ours and no time to live; our id is in the query of the report address.
"""

from base64 import b64decode
from collections.abc import Mapping
from typing import Annotated, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import AfterValidator, model_validator

from app.domain.errors import BadReport
from app.domain.gateway import Unsure
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.sender import is_name
from app.domain.signatures.comparison import is_recent
from app.domain.status import Reason, Status
from app.gateways.base_gateway import BaseGateway
from app.gateways.gateway_client import bearer_auth, without_empty
from app.gateways.report_parsing import (
    balance,
    first_text,
    invert_codes,
    loggable,
    make_report,
    object_at,
    price,
    read_each,
    read_json,
    segments,
)
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, Sender
from app.settings.parsers import pattern

# The vendor's status of a recipient -> our status.
STATUS = {
    "queued": Status.QUEUED,
    "sending": Status.QUEUED,
    "sent": Status.SENT,
    "delivery_unconfirmed": Status.SENT,  # final on networks that confirm nothing
    "delivered": Status.DELIVERED,
    "expired": Status.EXPIRED,
    "delivery_failed": Status.UNDELIVERED,
    "sending_failed": Status.FAILED,
}

# Reason <- the vendor's error code, of a message that it refuses or that fails later.
_CODES = {
    Reason.AUTH: "10009 10010 20002 20006",
    Reason.NO_CREDIT: "20012 20100",  # 20012: inactive, most often for lack of funds
    Reason.CONFIG: "10003 10005 10006 20013 20014 20015 20016 20017 40100 40150 40151 40311 40312 40313 40314",
    Reason.INVALID_SENDER: "10001 10002 10016 40003 40010 40013 40305 40306 40308 40315 40320 40321 40329",
    Reason.INVALID_NUMBER: "40001 40012 40310",
    Reason.OPTED_OUT: "40300",
    Reason.CONTENT_REJECTED: "40002 40009 40015 40017 40302 40304 40316 40317 40322 40328",
    Reason.EXPIRED: "40005 40014",
    Reason.THROTTLED: "10011 40011 40016 40018 40318",
    # Telnyx's own routes, and regions that this account may not send to (40309): another gateway may reach the number.
    Reason.PROVIDER_ERROR: "40004 40006 40007 40008 40301 40309 40319",
}
REASON = invert_codes(_CODES)
_ABOUT_EITHER_NUMBER = {"10001", "10002", "10016"}  # the error's `source` names the number
_EVENT_TYPES = {"", "message.sent", "message.finalized"}  # replies may use the same address
_MAYBE_ACCEPTED = {"10007", "10008"}  # "unexpected", and a timeout at Telnyx
_MIN_DISTINCT_BYTES = 8  # of a public key


def read_key(text: str) -> Ed25519PublicKey:
    """Read a public key as Telnyx's portal shows it, 32 bytes in base64; raises `ValueError`.

    Points of small order, for which anyone can sign, are rejected: they have very few different bytes.
    """
    key = b64decode(text, validate=True)
    if len(set(key)) < _MIN_DISTINCT_BYTES:
        raise ValueError("not a usable public key")
    return Ed25519PublicKey.from_public_bytes(key)


def is_signed(body: bytes, *, signature: str, timestamp: str, key: Ed25519PublicKey, now: float) -> bool:
    """Return whether Telnyx signed this body for the account, at most five minutes before or after `now`.

    `telnyx-signature-ed25519` is the base64 of an Ed25519 signature over the value of `telnyx-timestamp`
    (seconds since 1970), a `|`, and the body as it was sent. The account's public key is in its portal.
    The vendor's own libraries allow five minutes too. Source: Telnyx's public page on receiving webhooks.
    """
    if not is_recent(timestamp, now=now):
        return False
    try:
        key.verify(b64decode(signature, validate=True), timestamp.encode() + b"|" + body)
    except (InvalidSignature, ValueError):  # ValueError: the signature is not base64
        return False
    return True


def _public_key(text: str) -> str:
    """Reject a value that is not a public key; the API key is easily pasted by mistake."""
    try:
        read_key(text)
    except ValueError:
        raise ValueError("Give the account's public key: 44 characters, the last of them =.") from None
    return text


PublicKey = Annotated[str, AfterValidator(_public_key)]
ProfileId = Annotated[str, pattern("[0-9A-Za-z-]{1,64}", "Give the profile's id: letters, digits and dashes.")]


class Telnyx(BaseGateway["Telnyx.Settings"]):
    """Send messages through Telnyx."""

    title = "Telnyx"

    class Settings(GatewaySettings):
        """An account at Telnyx."""

        url: EncryptedAddress = "https://api.telnyx.com/v2"
        api_key: HeaderSecret
        public_key: PublicKey
        """Verifies reports; the portal shows it beside the API keys."""

        sender: Sender | None = None
        """A number or a name; without one the profile's number pool picks the sender."""

        messaging_profile_id: ProfileId | None = None
        """Required for a sender that is a name, and for a number pool."""

        @model_validator(mode="after")
        def _check_sender(self) -> Self:
            """Reject an account that has no sender."""
            if not self.messaging_profile_id and (not self.sender or is_name(self.sender)):
                raise ValueError("Give MESSAGING_PROFILE_ID, or a SENDER that is a number, or both.")
            return self

    async def send(self, message: Message) -> Accepted:
        """Send one message; raises `Refused`, `Unreachable` or `Unsure`."""
        body = {
            "to": message.to.e164,
            "from": message.sender or self._settings.sender,
            "messaging_profile_id": self._settings.messaging_profile_id,
            "text": message.text,
            "type": "SMS",
            "webhook_url": self._report_url(message.id),
            "use_profile_webhooks": False,  # reports quote the text, so no other address may receive them
        }
        fields = object_at(await self._call("POST", "/messages", json=without_empty(body)), "data")
        return self._accepted(first_text(fields, "id"), segments=segments(fields, "parts"))

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify and read a webhook call; raises `BadReport` or `InvalidRequest`."""
        signature = callback.headers.get("telnyx-signature-ed25519", "")
        timestamp = callback.headers.get("telnyx-timestamp", "")
        key = read_key(self._settings.public_key)
        if not is_signed(callback.body, signature=signature, timestamp=timestamp, key=key, now=now):
            raise BadReport
        reference = first_text(callback.query, "message")
        events = read_json(callback.body)
        entries = [event for event in events if first_text(object_at(event, "data"), "event_type") in _EVENT_TYPES]
        return read_each(entries, lambda entry: _read_entry(entry, reference))

    async def check(self) -> str:
        """Return the available credit, which includes the credit limit, or else the balance."""
        fields = object_at(await self._call("GET", "/balance"), "data")
        return balance(fields, "available_credit", "balance", currency=first_text(fields, "currency"))

    def _headers(self) -> dict[str, str]:
        return bearer_auth(self._settings.api_key)

    def _read_error(self, fields: Mapping[str, object]) -> tuple[Reason | None, str]:
        reason, code = _error(fields)
        if code in _MAYBE_ACCEPTED:
            raise Unsure("Telnyx failed on its side.", reason=Reason.PROVIDER_ERROR, word=code)
        return reason, code


def _error(fields: Mapping[str, object]) -> tuple[Reason | None, str]:
    """Return the reason of the first error and its code; its text is not used, because it may quote the request."""
    error = object_at(fields, "errors", 0)
    code = first_text(error, "code")
    if code in _ABOUT_EITHER_NUMBER and first_text(object_at(error, "source"), "pointer").endswith("/to"):
        return Reason.INVALID_NUMBER, code
    return REASON.get(code), loggable(code, "[0-9]{1,6}")


def _read_entry(entry: Mapping[str, object], reference: str) -> Report | None:
    """Read one event of a message with its single recipient."""
    message, recipient = object_at(entry, "data", "payload"), object_at(entry, "data", "payload", "to", 0)
    word, (reason, code) = first_text(recipient, "status"), _error(message)
    cost = object_at(message, "cost")
    return make_report(
        vendor_id=first_text(message, "id"),
        status=STATUS.get(word),
        word=word,
        code=code,
        reason=reason,
        reference=reference,
        recipient=first_text(recipient, "phone_number"),
        price=price(cost.get("amount"), currency=first_text(cost, "currency")),
    )
