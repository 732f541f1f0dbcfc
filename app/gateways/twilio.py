"""Twilio Programmable Messaging, written from its public pages on the Messages resource, error codes and webhooks.

https://www.twilio.com/docs/messaging/api/message-resource, https://www.twilio.com/docs/api/errors.
Not yet tested with a live account.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Self
from urllib.parse import parse_qsl

from pydantic import AfterValidator, model_validator

from app.domain.errors import BadReport
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.sender import ANY_NAME
from app.domain.signatures.comparison import base64_hmac, is_same
from app.domain.status import Reason, Status
from app.gateways.base_gateway import UNNAMED, BaseGateway
from app.gateways.gateway_client import basic_auth, without_empty
from app.gateways.report_parsing import (
    balance,
    first_text,
    invert,
    invert_codes,
    loggable,
    make_report,
    read_each,
    read_form,
    segments,
)
from app.gateways.report_verification import MAX_FIELDS, MAX_SIGNED_BODY
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret
from app.settings.parsers import pattern, read_sender

_MAX_VALIDITY = 36_000  # seconds that a message may wait in Twilio's own queue; it refuses more

# Our status <- Twilio's MessageStatus.
STATUS = invert(
    {
        Status.QUEUED: ("accepted", "scheduled", "queued", "sending"),
        Status.SENT: ("sent",),
        Status.DELIVERED: ("delivered", "read"),
        Status.UNDELIVERED: ("undelivered",),
        Status.FAILED: ("failed", "canceled"),
    }
)

# Reason <- Twilio's error code, of a message that it refuses or that fails later.
_CODES = {
    Reason.INVALID_NUMBER: "21211 21217 21265 21266 21604 21614 21635",
    Reason.UNREACHABLE_TEMPORARY: "30003",
    Reason.UNREACHABLE_PERMANENT: "30005 30006",
    Reason.OPTED_OUT: "21610",
    # The last two: Twilio's guard against SMS pumping, which no other gateway should bypass.
    Reason.BLOCKED_DESTINATION: "21268 30004 30450 30453",
    Reason.INVALID_SENDER: (
        "21210 21212 21267 21601 21603 21606 21607 21616 21657 21659 21660 21661 21703 21704 21709 "
        "30018 30024 30032 30034 30042"
    ),
    Reason.CONTENT_REJECTED: "21602 21605 21617 21618 30007 30012",
    Reason.AUTH: "10001 20003 20005 20006 20010 20403 30002 90010",
    # The last eight: `redact` is not enabled for the account, or not together with its other settings.
    Reason.CONFIG: "20008 20404 21609 21701 21702 21705 23001 23002 23003 23004 23005 23006 30029 30030",
    Reason.THROTTLED: "14107 20429 21611 30001 30022 30023 30027 63038",
    # A country or a pair of numbers that this account may not send to, or not yet (21219, 21608: a trial account).
    # Another gateway may, so it is not about the number; other messages still go, so it is not about the account.
    Reason.PROVIDER_ERROR: "21214 21219 21408 21608 21612 30017 30410",
    Reason.EXPIRED: "30036",
    Reason.UNKNOWN: "30008",
}
REASON = invert_codes(_CODES)

AccountSid = Annotated[str, pattern("AC[0-9a-fA-F]{32}", "Give the SID of an account: AC and 32 of 0-9, a-f.")]
KeySid = Annotated[str, pattern("SK[0-9a-fA-F]{32}", "Give the SID of an API key: SK and 32 of 0-9, a-f.")]
ServiceSid = Annotated[str, pattern("MG[0-9a-fA-F]{32}", "Give the SID of a messaging service: MG and 32 of 0-9, a-f.")]

_ADDRESS = re.compile(r"(https?)(://[^/?#]*?)(:[0-9]+)?([/?#].*)?", re.DOTALL)


def is_signed(signature: str, *, url: str, body: bytes, tokens: Iterable[str]) -> bool:
    """Return whether one of these auth tokens signed a call; `url` is the public address that was called.

    The signature is the base64 of an HMAC-SHA-1, keyed with the account's auth token, over the address as
    Twilio called it, with its query, followed by each name and value of the form, sorted by name and
    without separators; a repeated pair counts once. It covers no time. It does not mark where a name ends
    and its value begins, so our reference is in the address, where it cannot be moved.
    Source: https://www.twilio.com/docs/usage/security.
    """
    if len(body) > MAX_SIGNED_BODY:
        return False
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:  # not UTF-8, or too many fields: Twilio sends neither
        return False
    pairs = "".join(name + value for name, value in sorted(set(fields)))
    texts = [(variant + pairs).encode("utf-8", "surrogatepass") for variant in _url_variants(url)]
    signed = [base64_hmac(token, text, "sha1") for text in texts for token in tokens]
    return any([is_same(signature, expected) for expected in signed])  # noqa: C419  all of them, in constant time


def _url_variants(url: str) -> list[str]:
    """Return an address without and with its port: some of Twilio's services sign the one, some the other."""
    match = _ADDRESS.fullmatch(url)
    if not match:
        return []
    scheme, host, port, rest = match[1], match[2], match[3], match[4] or ""
    default = ":443" if scheme == "https" else ":80"
    return [f"{scheme}{host}{rest}", f"{scheme}{host}{port or default}{rest}"]


class Twilio(BaseGateway["Twilio.Settings"]):
    """Send messages through Twilio."""

    title = "Twilio"
    sender_names = ANY_NAME
    acknowledgement = b""  # Twilio would send a body as an SMS if this address were set for incoming messages

    class Settings(GatewaySettings):
        """An account at Twilio."""

        url: EncryptedAddress = "https://api.twilio.com"
        """The base URL of the API; other regions have their own hosts."""

        account_sid: AccountSid
        auth_token: HeaderSecret
        """Verifies reports, and authenticates API calls if there is no API key."""

        secondary_auth_token: HeaderSecret | None = None
        """The second auth token, during a token rotation."""

        api_key: KeySid | None = None
        """An API key can be revoked alone; revoking the auth token breaks everything else that uses it."""

        api_key_secret: HeaderSecret | None = None
        messaging_service: ServiceSid | None = None
        """Picks a sender from its pool, unless the app or the route names one; US numbers (10DLC) are registered with
        a messaging service.
        """

        sender: Annotated[str, AfterValidator(read_sender)] | None = None
        """The sender without a messaging service: beside one, it would keep the service from choosing."""

        redact: bool = False
        """Redact text and number at Twilio; it refuses unless Message Redaction is enabled for the account."""

        @model_validator(mode="after")
        def _check_credentials(self) -> Self:
            """Reject an incomplete API key, and an account that has no sender."""
            if bool(self.api_key) != bool(self.api_key_secret):
                raise ValueError("Give both API_KEY and API_KEY_SECRET, or neither.")
            if not (self.sender or self.messaging_service):
                raise ValueError("Give a SENDER, or a MESSAGING_SERVICE that picks one.")
            return self

    async def send(self, message: Message) -> Accepted:
        """Send one message; raises `Refused`, `Unreachable` or `Unsure`."""
        settings = self._settings
        form = {
            "To": message.to.e164,
            "From": message.sender or self.sender,
            "MessagingServiceSid": settings.messaging_service,
            "Body": message.text,
            "ValidityPeriod": str(min(max(1, message.valid_for), _MAX_VALIDITY)),
            "StatusCallback": self._report_url(message.id),
            "ContentRetention": "discard" if settings.redact else "",
            "AddressRetention": "obfuscate" if settings.redact else "",
        }
        fields = await self._call("POST", "/Messages.json", form=without_empty(form))
        return self._accepted(first_text(fields, "sid"), segments=segments(fields, "num_segments"))

    @property
    def sender(self) -> str:
        """Return the account's sender, unless a messaging service chooses one."""
        return "" if self._settings.messaging_service else super().sender

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify and read a status callback; raises `BadReport` or `InvalidRequest`.

        The signature has no timestamp, so an old call stays valid; a replay changes nothing.
        """
        secrets = [self._settings.auth_token, self._settings.secondary_auth_token]
        tokens = [secret.get_secret_value() for secret in secrets if secret]
        signature = callback.headers.get("x-twilio-signature", "")
        if not is_signed(signature, url=callback.url, body=callback.body, tokens=tokens):
            raise BadReport
        fields = read_form(callback.body)
        if "MessageStatus" not in fields:
            return []  # an incoming SMS, or another event
        return read_each([{**fields, "message": first_text(callback.query, "message")}], _read_entry)

    async def check(self) -> str:
        """Return the balance, which subaccounts do not have."""
        fields = await self._call("GET", "/Balance.json")
        return balance(fields, "balance", currency=first_text(fields, "currency"))

    def _base_url(self) -> str:
        return f"{super()._base_url()}/2010-04-01/Accounts/{self._settings.account_sid}"

    def _headers(self) -> dict[str, str]:
        """Return the authentication header: that of the API key, if one is set."""
        settings = self._settings
        if settings.api_key and settings.api_key_secret:
            return basic_auth(settings.api_key, settings.api_key_secret)
        return basic_auth(settings.account_sid, settings.auth_token)

    def _read_error(self, fields: Mapping[str, object]) -> tuple[Reason | None, str]:
        """Read the code of an error, or of a message that was created as failed: that one was not sent either."""
        has_failed = STATUS.get(first_text(fields, "status")) is Status.FAILED
        code = first_text(fields, "error_code" if has_failed else "code")
        return REASON.get(code), loggable(code, "[0-9]{1,5}") or (UNNAMED if has_failed else "")


def _read_entry(fields: Mapping[str, object]) -> Report | None:
    """Read one status callback; Twilio reports an expired message as failed."""
    word, code = first_text(fields, "MessageStatus"), first_text(fields, "ErrorCode")
    return make_report(
        vendor_id=first_text(fields, "MessageSid", "SmsSid"),
        status=STATUS.get(word),
        word=word,
        code=code,
        reason=REASON.get(code),
        reference=first_text(fields, "message"),
        recipient=first_text(fields, "To"),
    )
