"""MessageBird, the classic SMS API (rest.messagebird.com), after its public pages and client libraries.

https://developers.messagebird.com/api/sms-messaging/. Nobody has tried it on a live account yet, and
accounts of its successor, Bird, speak another API.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping

import jwt

from app.domain.errors import BadReport
from app.domain.gateway import Refused, Unsure
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.status import Reason, Status
from app.gateways.gateway_client import GatewayClient
from app.gateways.report_parsing import amount, first_text, inside, is_token, make_report
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, ReportToken, Sender
from app.http_client import HttpResponse, require_ok

BASE = "https://rest.messagebird.com"

# MessageBird's status -> ours. What is not listed becomes UNKNOWN, never an error.
STATUS = {
    "scheduled": Status.QUEUED,
    "sent": Status.SENT,
    "buffered": Status.BUFFERED,
    "delivered": Status.DELIVERED,
    "expired": Status.EXPIRED,
    "delivery_failed": Status.FAILED,
}

# MessageBird's error -> why it said no.
REFUSED = {
    "2": Reason.AUTH,
    "20": Reason.CONFIG,  # there is nothing at this address
    "25": Reason.NO_CREDIT,
    "98": Reason.CONFIG,  # nor here
}
# The field that a missing (9) or wrong (10) value was meant for -> why.
FIELD = {
    "recipient": Reason.INVALID_NUMBER,
    "recipients": Reason.INVALID_NUMBER,
    "originator": Reason.INVALID_SENDER,
    "body": Reason.CONTENT_REJECTED,
    "access_key": Reason.AUTH,
}
_INTERNAL_ERROR = "99"

# Why a message failed: statusErrorCode -> ours. They are those of GSM networks; 103 is the vendor's, for a STOP.
ERROR = {
    "1": Reason.INVALID_NUMBER,
    "5": Reason.INVALID_NUMBER,
    "6": Reason.UNREACHABLE_TEMPORARY,
    "27": Reason.UNREACHABLE_TEMPORARY,
    "31": Reason.UNREACHABLE_TEMPORARY,
    "103": Reason.OPTED_OUT,
}
# And where there is no code, statusReason -> ours.
EXPLAINED = {
    "unknown subscriber": Reason.INVALID_NUMBER,
    "unavailable subscriber": Reason.UNREACHABLE_TEMPORARY,
    "dlr not received": Reason.EXPIRED,
    "expired": Reason.EXPIRED,
    "received network error": Reason.PROVIDER_ERROR,
    "opted out": Reason.OPTED_OUT,
    "insufficient balance": Reason.NO_CREDIT,
}


# How MessageBird signs what it sends: a JWT with hashes of the address and of the body.
#
# After the vendor's own client libraries and the cases that they are tested with. The key is the
# account's signing key, which is not its access key. The token lives for a minute.
_ALGORITHMS = ["HS256", "HS384", "HS512"]
_REQUIRED = ["iss", "nbf", "exp", "url_hash"]
_ISSUER = "MessageBird"
_LEEWAY = 1  # seconds between two clocks, as the vendor's libraries allow


def is_signed(token: str, *, url: str, body: bytes, key: str, now: float) -> bool:
    """Tell whether MessageBird made this token for this call, just now; `now` is seconds since 1970.

    `url` is the public address with its query, each letter as the vendor wrote it.
    """
    # The library would look at a clock of its own; `now` is an argument here.
    options: jwt.types.Options = {"require": _REQUIRED, "verify_exp": False, "verify_nbf": False, "verify_iat": False}
    try:
        claims = jwt.decode(token, key, algorithms=_ALGORITHMS, issuer=_ISSUER, options=options)
    except (jwt.InvalidTokenError, UnicodeError):  # the second: a header that is no UTF-8
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
    """Compare a claim with the SHA-256, in hexadecimal, of what it is about."""
    given = claim.encode("utf-8", "surrogatepass") if isinstance(claim, str) else b""
    return hmac.compare_digest(given, hashlib.sha256(signed).hexdigest().encode())


class MessageBird:
    """Carries messages by MessageBird."""

    acknowledgement = b"OK"
    repeats_safely = False

    class Settings(GatewaySettings):
        """An account at MessageBird."""

        url: EncryptedAddress = BASE
        """Where the API begins."""

        access_key: HeaderSecret
        """One that begins with `test_` is taken and sends nothing."""

        signing_key: HeaderSecret
        """Verifies reports; it stands beside the access keys in the dashboard, and is another."""

        sender: Sender
        report_token: ReportToken | None = None

    def __init__(self, settings: Settings, client: GatewayClient) -> None:
        self.name = client.name
        self._settings = settings
        self._client = client
        self._url = settings.url.rstrip("/")

    async def send(self, message: Message) -> Accepted:
        """Hand one message over; raises `Refused`, `Unreachable` or `Unsure`."""
        body = {
            "originator": (message.sender or self._settings.sender).removeprefix("+"),
            "recipients": [message.to.digits],
            "body": message.text,
            "datacoding": "auto",
            "validity": max(1, message.valid_for),
            "reference": message.id,  # without one there are no reports
            "reportUrl": self._client.reports_at(self._settings.report_token),
        }
        headers = _headers(self._settings)
        said = _read_answer(await self._client.call("POST", f"{self._url}/messages", headers=headers, json=body))
        message_id = first_text(said, "id")
        if not message_id:
            raise Unsure("MessageBird answered without an id.")
        if _is_for_nobody(said):
            raise Refused("MessageBird sent the message to nobody.", word="sent to nobody")
        return Accepted(message_id)

    def knows(self, token: str) -> bool:
        """Tell whether an address ends as it should: MessageBird signs, so a token is not needed."""
        return is_token(token, self._settings.report_token)

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify a call and read it; all that it tells stands in its query. Raises `BadReport`."""
        token = callback.headers.get("messagebird-signature-jwt", "")
        key = self._settings.signing_key.get_secret_value()
        if not is_signed(token, url=callback.url, body=callback.body, key=key, now=now):
            raise BadReport
        report = _read_query(callback.query)
        return [report] if report else []

    async def check(self) -> str:
        """Ask for the balance."""
        said = _read_answer(await self._client.call("GET", f"{self._url}/balance", headers=_headers(self._settings)))
        return amount(said, "amount", currency=first_text(said, "type"))


def _headers(settings: MessageBird.Settings) -> dict[str, str]:
    return {"Authorization": f"AccessKey {settings.access_key.get_secret_value()}"}


def _read_answer(answer: HttpResponse) -> Mapping[str, object]:
    """Give what MessageBird said, or raise the first of the errors that it lists."""
    said = answer.fields()
    error = inside(said, "errors", 0)
    code, field = first_text(error, "code"), first_text(error, "parameter")
    word = f"{code} {field}".strip() if re.fullmatch("[0-9]{1,4}", code) and re.fullmatch("[A-Za-z_]*", field) else ""
    reason = REFUSED.get(code) or (FIELD.get(field) if code in {"9", "10"} else None)
    if reason:
        raise Refused("MessageBird refused the message.", reason=reason, word=word)
    if code == _INTERNAL_ERROR:
        raise Unsure("MessageBird failed on its side.", reason=Reason.PROVIDER_ERROR, word=word)
    require_ok(answer, word=word)
    return said


def _is_for_nobody(said: Mapping[str, object]) -> bool:
    """Tell whether it took a message that none of its recipients will get: it counts to nought, and none waits."""
    recipients = inside(said, "recipients")
    if first_text(recipients, "totalSentCount") != "0":
        return False
    items = recipients.get("items")
    words = [first_text(item, "status") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return not any(word in STATUS and not STATUS[word].is_failure for word in words)


def _read_query(query: Mapping[str, str]) -> Report | None:
    """Read one status report; None for another kind of call."""
    vendor_id, word = first_text(query, "id"), first_text(query, "status")
    if not vendor_id or not word:
        return None
    code = first_text(query, "statusErrorCode")
    explained = EXPLAINED.get(first_text(query, "statusReason").lower().replace("_", " "))
    return make_report(
        vendor_id=vendor_id,
        status=STATUS.get(word, Status.UNKNOWN),
        word=word,
        code=code,
        why=ERROR.get(code) or explained,
        reference=first_text(query, "reference"),
        recipient=first_text(query, "recipient"),
    )
