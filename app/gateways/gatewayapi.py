"""GatewayAPI (gatewayapi.com, gatewayapi.eu): its REST API, written from its public pages on it and on error codes.

https://gatewayapi.com/docs/apis/rest/. Not yet tested with a live account. Its newer Messaging API is
a different one.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from jwt import PyJWTError
from jwt.api_jws import PyJWS
from pydantic import AfterValidator, SecretStr, model_validator

from app.domain.errors import BadReport
from app.domain.gsm7 import fits_gsm7
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.status import Reason, Status
from app.gateways.base_gateway import BaseGateway
from app.gateways.gateway_client import basic_auth
from app.gateways.report_parsing import (
    balance,
    first_item,
    first_text,
    invert_codes,
    loggable,
    make_report,
    object_at,
    price,
    read_each,
    read_json,
)
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, ReportToken, Sender

_MIN_VALIDITY = 60  # seconds; the vendor raises a lower value to this

# The vendor's state -> our status.
STATUS = {
    "SCHEDULED": Status.QUEUED,
    "BUFFERED": Status.QUEUED,  # in the vendor's own queue, and not yet at the network
    "ENROUTE": Status.SENT,
    "ACCEPTED": Status.SENT,  # by the network, which reports nothing further
    "DELIVERED": Status.DELIVERED,
    "EXPIRED": Status.EXPIRED,
    "UNDELIVERABLE": Status.UNDELIVERED,
    "REJECTED": Status.FAILED,
    "DELETED": Status.FAILED,
    "SKIPPED": Status.FAILED,
}

# Reason <- the vendor's error code: 02.. and 03.. on sending, 10.. in reports.
_CODES = {
    Reason.AUTH: "0210 0211 0223 0224 0225 0226",
    Reason.NO_CREDIT: "0216",
    # Our IP address is not on the account's list; a class, a priority or a field that the account may not use.
    Reason.CONFIG: "0212 0213 0218 021d 021e 0220 0221 0222 0311",
    Reason.DUPLICATE: "0214 0310",  # 0214: the same text to the same number, too soon
    Reason.BLOCKED_DESTINATION: "0215",
    # A country or an operator that this account may not send to; another gateway may.
    Reason.PROVIDER_ERROR: "0217 021f 1015 101a 101b 1027 102e 1042 1046 1047 104a 1050 1054 1090 1091",
    Reason.INVALID_NUMBER: "1010 1020 1040 1060 1061 1062 1084",
    Reason.UNREACHABLE_TEMPORARY: "1013 1018 1019 1021 1022 1023 102a",
    Reason.UNREACHABLE_PERMANENT: "1011 1012 1014 1024 1025 1026 102c 103c 1041 1049 1093",
    Reason.INVALID_SENDER: "1033 1065 1066 1067",
    Reason.CONTENT_REJECTED: "1035 1039 1078 1085 1086 1087",
}
REASON = {f"0x{code}": reason for code, reason in invert_codes(_CODES).items()}

_JWS = PyJWS(algorithms=["HS256"])  # only this one: neither `none` nor an algorithm that the token names


def signed_payload(token: str, *, secret: str) -> bytes | None:
    """Return the payload of a webhook's signature token; None if the token was not signed with this secret.

    `X-Gwapi-Signature` is a JWT (HS256) under the token that was set for the webhook. Its payload is the
    whole report; the body of the call is not signed. The JWT carries no time of signing. Source: the
    chapter on the authentication token in GatewayAPI's public REST documentation.
    """
    try:
        payload = _JWS.decode(token, secret, algorithms=["HS256"])
    except (PyJWTError, UnicodeError):  # UnicodeError: the header is not text
        return None
    assert isinstance(payload, bytes)
    return payload


def _long_enough(secret: SecretStr) -> SecretStr:
    """Require as many characters as HS256 has bytes; the operator chooses this secret."""
    if len(secret.get_secret_value()) < 32:  # noqa: PLR2004 - RFC 7518 §3.2
        raise ValueError("Give at least 32 letters; they must be random.")
    return secret


WebhookSecret = Annotated[HeaderSecret, AfterValidator(_long_enough)]


class GatewayApi(BaseGateway["GatewayApi.Settings"]):
    """Send messages through GatewayAPI."""

    title = "GatewayAPI"

    class Settings(GatewaySettings):
        """An account at GatewayAPI."""

        url: EncryptedAddress = "https://gatewayapi.com"
        """The base URL of the API; accounts of the EU platform use https://gatewayapi.eu."""

        api_token: HeaderSecret
        sender: Sender
        message_class: Literal["standard", "premium", "secret"] = "standard"
        """`secret` hides the text from the vendor's staff and logs; it costs more, and is enabled on request."""

        webhook_secret: WebhookSecret | None = None
        """The authentication token of the webhook that is the account's default for statuses; it verifies reports."""

        report_token: ReportToken | None = None
        """Without a webhook of the account, reports are requested at an address that ends in this token."""

        @model_validator(mode="after")
        def _check_report_authentication(self) -> Self:
            """Reject an account whose reports anyone could forge."""
            if not self.webhook_secret and not self.report_token:
                raise ValueError("Give WEBHOOK_SECRET, the webhook's authentication token, or REPORT_TOKEN.")
            return self

    async def send(self, message: Message) -> Accepted:
        """Send one message; raises `Refused`, `Unreachable` or `Unsure`."""
        body: dict[str, object] = {
            "class": self._settings.message_class,
            "message": message.text,
            "encoding": "UTF8" if fits_gsm7(message.text) else "UCS2",  # its UTF8 means the GSM-7 alphabet
            "sender": (message.sender or self._settings.sender).removeprefix("+"),
            "recipients": [{"msisdn": message.to.digits}],
            "validity_period": max(_MIN_VALIDITY, message.valid_for),
            "userref": message.id,
        }
        if self._settings.report_token and not self._settings.webhook_secret:  # only a webhook's reports are signed
            body["callback_url"] = self._report_url()
        fields = await self._call("POST", "/rest/mtsms", json=body)
        usage = object_at(fields, "usage")
        counts = list(object_at(usage, "countries").values())  # of segments, by country
        segments = counts[0] if len(counts) == 1 and type(counts[0]) is int else None
        cost = price(usage.get("total_cost"), currency=first_text(usage, "currency"))
        return self._accepted(first_item(fields, "ids"), segments=segments, price=cost)

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Read a webhook call, from the signed payload if it is signed; raises `BadReport` or `InvalidRequest`."""
        payload: bytes | None = callback.body
        if self._settings.webhook_secret:
            token = callback.headers.get("x-gwapi-signature", "")
            payload = signed_payload(token, secret=self._settings.webhook_secret.get_secret_value())
        if payload is None:
            raise BadReport
        entries = [entry for entry in read_json(payload) if "receiver" not in object_at(entry)]  # replies have one
        return read_each(entries, _read_entry)

    async def check(self) -> str:
        """Return the balance."""
        fields = await self._call("GET", "/rest/me")
        return balance(fields, "credit", currency=first_text(fields, "currency"))

    def _headers(self) -> dict[str, str]:
        return basic_auth(self._settings.api_token.get_secret_value(), SecretStr(""))

    def _read_error(self, fields: Mapping[str, object]) -> tuple[Reason | None, str]:
        code = _code(fields)
        return REASON.get(code), code


def _code(fields: Mapping[str, object]) -> str:
    """Return the vendor's error code, or ""; its message is not used, because it may quote the number."""
    return loggable(first_text(fields, "code").lower(), "0x[0-9a-f]{4}")


def _read_entry(entry: Mapping[str, object]) -> Report | None:
    """Read one report."""
    word, code = first_text(entry, "status"), _code(entry)
    return make_report(
        vendor_id=first_text(entry, "id"),
        status=STATUS.get(word),
        word=word,
        code=code,
        reason=REASON.get(code),
        reference=first_text(entry, "userref"),
        recipient=first_text(entry, "msisdn"),
    )
