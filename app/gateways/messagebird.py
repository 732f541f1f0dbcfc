"""MessageBird, the classic SMS API (rest.messagebird.com), written from its public pages and client libraries.

https://developers.messagebird.com/api/sms-messaging/. Not yet tested with a live account. Accounts of
its successor, Bird, use the gateway `bird`.
"""

import hashlib
from collections.abc import Mapping
from typing import Annotated

import jwt
from pydantic import AfterValidator, SecretStr

from app.domain.errors import BadReport
from app.domain.gateway import Refused, Unsure
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.signatures.comparison import is_same
from app.domain.status import Reason, Status
from app.gateways.base_gateway import BaseGateway
from app.gateways.report_parsing import balance, first_text, list_field, loggable, make_report, object_at, price
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, Sender

# MessageBird's status -> our status.
STATUS = {
    "scheduled": Status.QUEUED,
    "sent": Status.SENT,
    "buffered": Status.BUFFERED,
    "delivered": Status.DELIVERED,
    "expired": Status.EXPIRED,
    "delivery_failed": Status.FAILED,
}

# MessageBird's error code -> reason of the refusal.
REASON = {
    "2": Reason.AUTH,
    "20": Reason.CONFIG,  # not found: the URL is wrong
    "25": Reason.NO_CREDIT,
    "98": Reason.CONFIG,  # also not found
}
# The field of a missing (9) or invalid (10) value -> reason: these two codes name no reason.
FIELD = {
    "recipient": Reason.INVALID_NUMBER,
    "recipients": Reason.INVALID_NUMBER,
    "originator": Reason.INVALID_SENDER,
    "body": Reason.CONTENT_REJECTED,
    "access_key": Reason.AUTH,
}
_INTERNAL_ERROR = "99"

# statusErrorCode of a report -> reason. The codes are those of GSM networks; 103 is the vendor's, for a STOP.
REPORT_REASON = {
    "1": Reason.INVALID_NUMBER,
    "5": Reason.INVALID_NUMBER,
    "6": Reason.UNREACHABLE_TEMPORARY,
    "27": Reason.UNREACHABLE_TEMPORARY,
    "31": Reason.UNREACHABLE_TEMPORARY,
    "103": Reason.OPTED_OUT,
}
# statusReason of a report -> reason, used if there is no known code: the vendor's words, with a space or a `_`.
REPORT_TEXT = {
    "unknown_subscriber": Reason.INVALID_NUMBER,
    "unavailable_subscriber": Reason.UNREACHABLE_TEMPORARY,
    "dlr_not_received": Reason.EXPIRED,
    "expired": Reason.EXPIRED,
    "received_network_error": Reason.PROVIDER_ERROR,
    "opted_out": Reason.OPTED_OUT,
    "insufficient_balance": Reason.NO_CREDIT,
}

_ALGORITHMS = ["HS256", "HS384", "HS512"]
_REQUIRED = ["iss", "nbf", "exp", "url_hash"]
_ISSUER = "MessageBird"
_LEEWAY = 1  # seconds between two clocks, as the vendor's libraries allow


def is_signed(token: str, *, url: str, body: bytes, key: str, now: float) -> bool:
    """Return whether `token` is MessageBird's valid signature of this call; `now` is seconds since 1970.

    The token is a JWT with hashes of the address and of the body, under the account's signing key, which is
    not its access key. It is valid for a minute. `url` is the public address with its query, exactly as the
    vendor wrote it. Source: the vendor's client libraries and their test cases.
    """
    # PyJWT would read the system clock; here `now` is an argument.
    options: jwt.types.Options = {"require": _REQUIRED, "verify_exp": False, "verify_nbf": False, "verify_iat": False}
    try:
        claims = jwt.decode(token, key, algorithms=_ALGORITHMS, issuer=_ISSUER, options=options)
    except (jwt.InvalidTokenError, UnicodeError):  # UnicodeError: the header is not UTF-8
        return False
    if not _is_current(claims, now) or not _is_hash(claims["url_hash"], url.encode("utf-8", "surrogatepass")):
        return False
    payload_hash = claims.get("payload_hash")
    return _is_hash(payload_hash, body) if body else not payload_hash


def _is_current(claims: Mapping[str, object], now: float) -> bool:
    begins, ends = claims["nbf"], claims["exp"]
    if not isinstance(begins, int | float) or not isinstance(ends, int | float):
        return False
    return begins - _LEEWAY <= now < ends + _LEEWAY


def _is_hash(claim: object, signed: bytes) -> bool:
    """Return whether a claim is the hexadecimal SHA-256 of `signed`."""
    return isinstance(claim, str) and is_same(claim, hashlib.sha256(signed).hexdigest().encode())


def _access_key(key: SecretStr) -> SecretStr:
    """Reject a key of Bird, which gets 401 here."""
    if key.get_secret_value().startswith(("bk_", "bm_")):
        raise ValueError("This is a key of Bird, MessageBird's successor: set OTP_GATEWAYS__BIRD__API_KEY instead.")
    return key


class MessageBird(BaseGateway["MessageBird.Settings"]):
    """Send messages through MessageBird."""

    title = "MessageBird"

    class Settings(GatewaySettings):
        """An account at MessageBird."""

        url: EncryptedAddress = "https://rest.messagebird.com"
        """The base URL of the API."""

        access_key: Annotated[HeaderSecret, AfterValidator(_access_key)]
        """A key that begins with `test_` is accepted and sends nothing."""

        signing_key: HeaderSecret
        """Verifies reports; the dashboard shows it beside the access keys, and it differs from them."""

        sender: Sender

    async def send(self, message: Message) -> Accepted:
        """Send one message; raises `Refused`, `Unreachable` or `Unsure`."""
        body = {
            "originator": (message.sender or self._settings.sender).removeprefix("+"),
            "recipients": [message.to.digits],
            "body": message.text,
            "datacoding": "auto",
            "validity": max(1, message.valid_for),
            "reference": message.id,  # without a reference MessageBird sends no reports
            "reportUrl": self._report_url(),
        }
        fields = await self._call("POST", "/messages", json=body)
        accepted = self._accepted(first_text(fields, "id"))
        if _has_no_recipient(fields):
            raise Refused("MessageBird sent the message to no recipient.", word="no recipient")
        return accepted

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify a call and read the report in its query; raises `BadReport`."""
        token = callback.headers.get("messagebird-signature-jwt", "")
        key = self._settings.signing_key.get_secret_value()
        if not is_signed(token, url=callback.url, body=callback.body, key=key, now=now):
            raise BadReport
        report = _read_query(callback.query)
        return [report] if report else []

    async def check(self) -> str:
        """Return the balance."""
        fields = await self._call("GET", "/balance")
        return balance(fields, "amount", currency=first_text(fields, "type"))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"AccessKey {self._settings.access_key.get_secret_value()}"}

    def _read_error(self, fields: Mapping[str, object]) -> tuple[Reason | None, str]:
        error = object_at(fields, "errors", 0)
        code, field = first_text(error, "code"), first_text(error, "parameter")
        word = loggable(f"{code} {field}".strip(), "[0-9]{1,4}( [A-Za-z_]+)?")
        if code == _INTERNAL_ERROR:
            raise Unsure("MessageBird failed on its side.", reason=Reason.PROVIDER_ERROR, word=word)
        return REASON.get(code) or (FIELD.get(field) if code in {"9", "10"} else None), word


def _has_no_recipient(fields: Mapping[str, object]) -> bool:
    """Return whether no recipient will get the message: the sent count is 0, and no recipient is pending."""
    recipients = object_at(fields, "recipients")
    if first_text(recipients, "totalSentCount") != "0":
        return False
    words = [first_text(object_at(item), "status") for item in list_field(recipients, "items")]
    return not any(word in STATUS and not STATUS[word].is_failure for word in words)


def _read_query(query: Mapping[str, str]) -> Report | None:
    """Read one status report; None for any other call."""
    word, code = first_text(query, "status"), first_text(query, "statusErrorCode")
    reason_of_text = REPORT_TEXT.get(first_text(query, "statusReason").lower().replace(" ", "_"))
    return make_report(
        vendor_id=first_text(query, "id"),
        status=STATUS.get(word),
        word=word,
        code=code,
        reason=REPORT_REASON.get(code) or reason_of_text,
        reference=first_text(query, "reference"),
        recipient=first_text(query, "recipient"),
        price=price(query.get("price[amount]"), currency=first_text(query, "price[currency]")),
    )
