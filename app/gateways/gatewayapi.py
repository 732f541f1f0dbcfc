"""GatewayAPI (gatewayapi.com, gatewayapi.eu), its REST API after its public pages on it and on error codes.

https://gatewayapi.com/docs/apis/rest/. Nobody has tried it on a live account yet, and its newer
Messaging API is another.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from jwt import PyJWTError
from jwt.api_jws import PyJWS
from pydantic import AfterValidator, SecretStr, model_validator

from app.domain.errors import BadReport
from app.domain.gateway import Refused, Unsure
from app.domain.gsm7 import fits_gsm7
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.status import Reason, Status
from app.gateways.gateway_client import GatewayClient, basic_auth
from app.gateways.report_parsing import (
    amount,
    first_text,
    inside,
    invert_codes,
    is_token,
    make_report,
    read_each,
    read_json,
)
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, ReportToken, Sender
from app.http_client import HttpResponse, require_ok

BASE = "https://gatewayapi.com"
_MOST_COST = 1_000_000  # of one SMS; what is more is no price
_LEAST_VALIDITY = 60  # seconds; less is taken for as much

# The vendor's state -> ours. What is not listed becomes UNKNOWN, never an error.
STATUS = {
    "SCHEDULED": Status.QUEUED,
    "BUFFERED": Status.QUEUED,  # in the vendor's own queue, and not yet at the network
    "ENROUTE": Status.SENT,
    "ACCEPTED": Status.SENT,  # by the network, which will tell no more
    "DELIVERED": Status.DELIVERED,
    "EXPIRED": Status.EXPIRED,
    "UNDELIVERABLE": Status.UNDELIVERED,
    "REJECTED": Status.FAILED,
    "DELETED": Status.FAILED,
    "SKIPPED": Status.FAILED,
}

# Why <- the vendor's error: 02.. and 03.. on sending, 10.. in reports.
_CODES = {
    Reason.AUTH: "0210 0211 0223 0224 0225 0226",
    Reason.NO_CREDIT: "0216",
    # Our address is not on the account's list; a class, a priority or a field that the account may not use.
    Reason.CONFIG: "0212 0213 0218 021d 021e 0220 0221 0222 0311",
    Reason.DUPLICATE: "0214 0310",  # 0214: the same text to the same number, too soon
    Reason.BLOCKED_DESTINATION: "0215",
    # A country or an operator that this account may not send to: another gateway may.
    Reason.PROVIDER_ERROR: "0217 021f 1015 101a 101b 1027 102e 1042 1046 1047 104a 1050 1054 1090 1091",
    Reason.INVALID_NUMBER: "1010 1020 1040 1060 1061 1062 1084",
    Reason.UNREACHABLE_TEMPORARY: "1013 1018 1019 1021 1022 1023 102a",
    Reason.UNREACHABLE_PERMANENT: "1011 1012 1014 1024 1025 1026 102c 103c 1041 1049 1093",
    Reason.INVALID_SENDER: "1033 1065 1066 1067",
    Reason.CONTENT_REJECTED: "1035 1039 1078 1085 1086 1087",
}
REASON = {f"0x{code}": reason for code, reason in invert_codes(_CODES).items()}


# How GatewayAPI signs its webhooks, after the chapter on the authentication token in its public REST documentation.
#
# `X-Gwapi-Signature` is a JWT (HS256) by the token that was given with the webhook, and its payload is
# the whole report: what stands in the body is signed by nobody. It tells no time at which it was made.
_JWS = PyJWS(algorithms=["HS256"])  # and no other: neither `none`, nor one that the token itself asks for


def signed_payload(token: str, *, secret: str) -> bytes | None:
    """Give the payload of a token that was signed with this secret; None for any other."""
    try:
        payload = _JWS.decode(token, secret, algorithms=["HS256"])
    except (PyJWTError, UnicodeError):  # a UnicodeError is a header that is no text
        return None
    assert isinstance(payload, bytes)
    return payload


def _long_enough(secret: SecretStr) -> SecretStr:
    """Ask for as many letters as HS256 has bytes; it is ours to choose."""
    if len(secret.get_secret_value()) < 32:  # noqa: PLR2004 - RFC 7518 §3.2
        raise ValueError("Give at least 32 letters; they must be random.")
    return secret


WebhookSecret = Annotated[HeaderSecret, AfterValidator(_long_enough)]


class GatewayApi:
    """Carries messages by GatewayAPI."""

    acknowledgement = b"OK"
    repeats_safely = False

    class Settings(GatewaySettings):
        """An account at GatewayAPI."""

        url: EncryptedAddress = BASE
        """Where the API begins; accounts of the EU platform have https://gatewayapi.eu."""

        api_token: HeaderSecret
        sender: Sender
        message_class: Literal["standard", "premium", "secret"] = "standard"
        """`secret` keeps the text from the vendor's people and logs; it costs more, and is opened on request."""

        webhook_secret: WebhookSecret | None = None
        """The authentication token of the webhook that is the account's default for statuses; it verifies reports."""

        report_token: ReportToken | None = None
        """Without a webhook of the account, reports are asked for at an address that ends in this."""

        @model_validator(mode="after")
        def _knows_its_reports(self) -> Self:
            """Refuse an account whose reports anybody could write."""
            if not self.webhook_secret and not self.report_token:
                raise ValueError("Give WEBHOOK_SECRET, the webhook's authentication token, or REPORT_TOKEN.")
            return self

    def __init__(self, settings: Settings, client: GatewayClient) -> None:
        self.name = client.name
        self._settings = settings
        self._client = client

    async def send(self, message: Message) -> Accepted:
        """Hand one message over; raises `Refused`, `Unreachable` or `Unsure`."""
        body: dict[str, object] = {
            "class": self._settings.message_class,
            "message": message.text,
            "encoding": "UTF8" if fits_gsm7(message.text) else "UCS2",  # its UTF8 means the letters of GSM-7
            "sender": (message.sender or self._settings.sender).removeprefix("+"),
            "recipients": [{"msisdn": message.to.digits}],
            "validity_period": max(_LEAST_VALIDITY, message.valid_for),
            "userref": message.id,
        }
        if self._settings.report_token and not self._settings.webhook_secret:  # only a webhook's reports are signed
            body["callback_url"] = self._client.reports_at(self._settings.report_token)
        said = _read_answer(await self._call("POST", "/rest/mtsms", json=body))
        ids, (segments, price) = said.get("ids"), _read_usage(inside(said, "usage"))
        message_id = first_text({"id": ids[0]}, "id") if isinstance(ids, list) and ids else ""
        if not message_id:
            raise Unsure("GatewayAPI answered without an id.")
        return Accepted(message_id, segments=segments, price=price)

    def knows(self, token: str) -> bool:
        """Tell whether an address ends as it should; signed reports need no token."""
        return is_token(token, self._settings.report_token)

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Read a webhook call, from its signature where there is one; raises `BadReport` or `InvalidRequest`."""
        payload: bytes | None = callback.body
        if self._settings.webhook_secret:
            token = callback.headers.get("x-gwapi-signature", "")
            payload = signed_payload(token, secret=self._settings.webhook_secret.get_secret_value())
        if payload is None:
            raise BadReport
        entries = [entry for entry in read_json(payload) if "receiver" not in inside(entry)]  # those are replies
        return read_each(entries, _read_entry)

    async def check(self) -> str:
        """Ask for the balance."""
        said = _read_answer(await self._call("GET", "/rest/me"))
        return amount(said, "credit", currency=first_text(said, "currency"))

    async def _call(self, method: str, path: str, *, json: object = None) -> HttpResponse:
        url, token = f"{self._settings.url.rstrip('/')}{path}", self._settings.api_token.get_secret_value()
        return await self._client.call(method, url, headers=basic_auth(token, SecretStr("")), json=json)


def _read_answer(answer: HttpResponse) -> Mapping[str, object]:
    """Give what GatewayAPI said, or raise what went wrong."""
    said = answer.fields()
    code = _code(said)
    if code in REASON:
        raise Refused("GatewayAPI refused the message.", reason=REASON[code], word=code)
    require_ok(answer, word=code)
    if code:
        raise Refused("GatewayAPI refused the message.", word=code)
    return said


def _code(said: Mapping[str, object]) -> str:
    """Find the vendor's code; its sentence may quote the number."""
    code = first_text(said, "code").lower()
    return code if re.fullmatch("0x[0-9a-f]{4}", code) else ""


def _read_usage(usage: Mapping[str, object]) -> tuple[int | None, str | None]:
    """Tell of how many SMS one message is made, which are counted by country, and what it costs."""
    counts, cost = list(inside(usage, "countries").values()), usage.get("total_cost")
    segments = counts[0] if len(counts) == 1 and type(counts[0]) is int else None
    if isinstance(cost, bool) or not isinstance(cost, int | float) or not 0 <= cost < _MOST_COST:
        return segments, None
    told = {"cost": f"{cost:.6f}".rstrip("0").rstrip(".")}  # sums of prices end in 0000000000002
    return segments, amount(told, "cost", currency=first_text(usage, "currency"))


def _read_entry(entry: Mapping[str, object]) -> Report | None:
    """Read one report."""
    vendor_id, word = first_text(entry, "id"), first_text(entry, "status")
    if not vendor_id or not word:
        return None
    code = _code(entry)
    return make_report(
        vendor_id=vendor_id,
        status=STATUS.get(word, Status.UNKNOWN),
        word=word,
        code=code,
        why=REASON.get(code),
        reference=first_text(entry, "userref"),
        recipient=first_text(entry, "msisdn"),
    )
