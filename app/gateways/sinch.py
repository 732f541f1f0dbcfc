"""Sinch, the SMS REST API of a service plan, after its public pages on batches, delivery reports and status codes.

https://developers.sinch.com/docs/sms/api-reference/. Nobody has tried it on a live account yet.
Sinch signs reports only for plans where its support has switched that on; without it, they are known
by the secret part of their address.
"""

import hmac
import re
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Literal, Self

from pydantic import model_validator

from app.domain.errors import BadReport
from app.domain.gateway import Refused, Unsure
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.status import Reason, Status
from app.gateways.gateway_client import GatewayClient
from app.gateways.report_parsing import first_text, inside, is_token, make_report, read_each, read_json
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, ReportToken, Sender
from app.http_client import HttpResponse, require_ok
from app.settings.parsers import pattern

# Sinch's status, in small letters -> ours. What is not listed becomes UNKNOWN, never an error.
STATUS = {
    "queued": Status.QUEUED,
    "dispatched": Status.SENT,
    "delivered": Status.DELIVERED,
    "expired": Status.EXPIRED,
    "aborted": Status.FAILED,  # before it reached a network
    "rejected": Status.FAILED,
    "failed": Status.FAILED,
    "deleted": Status.FAILED,
    "cancelled": Status.FAILED,
}
# The code beside it -> why it failed. Codes below 400 are those of Sinch's SMPP, most of which are about networks.
REASON = {
    "1": Reason.INVALID_SENDER,
    "2": Reason.PROVIDER_ERROR,  # no route
    "402": Reason.PROVIDER_ERROR,  # no route
    "403": Reason.PROVIDER_ERROR,
    "404": Reason.PROVIDER_ERROR,  # for now
    "406": Reason.EXPIRED,
    "408": Reason.PROVIDER_ERROR,
    "410": Reason.INVALID_SENDER,
    "411": Reason.CONTENT_REJECTED,  # too many parts
    "412": Reason.CONFIG,  # a region that is not open for the account
    "413": Reason.AUTH,  # the account is blocked, maybe for want of credit
}
# Sinch's error -> why it said no. It has others for what we never send, and those for bad syntax name no field.
REFUSED = {"blocked_account": Reason.AUTH, "missing_callback_url": Reason.CONFIG}

_MORE_THAN_ANY = 1001  # reports of one call, which `read_each` refuses


# How Sinch signs its callbacks: an HMAC-SHA-256 over body, nonce and time, joined by dots, as base64.
#
# After the vendor's client libraries and the vectors that they are tested with. For SMS, Sinch signs
# only where its support has switched it on for the service plan.
_GOOD_FOR = 300  # seconds; the vendor names none


def is_signed(body: bytes, *, nonce: str, timestamp: str, signature: str, secret: str, now: float) -> bool:
    """Tell whether Sinch signed this body, at most five minutes from `now`, which is seconds since 1970."""
    if not re.fullmatch("[0-9]{1,12}", timestamp) or abs(now - int(timestamp)) > _GOOD_FOR:
        return False
    if not nonce or "." in nonce:  # with a dot in it, one could cut the body and call the rest the nonce
        return False
    signed = b".".join((body, nonce.encode("utf-8", "surrogatepass"), timestamp.encode()))
    expected = b64encode(hmac.digest(secret.encode(), signed, "sha256"))
    return hmac.compare_digest(signature.encode("utf-8", "surrogatepass"), expected)


class Sinch:
    """Carries messages by Sinch."""

    acknowledgement = b"OK"
    repeats_safely = False

    class Settings(GatewaySettings):
        """A service plan at Sinch."""

        region: Literal["us", "eu", "au", "br", "ca"] = "us"
        """Where the plan was made: its API is there."""

        url: EncryptedAddress | None = None
        """Where the API begins, by default the region's host."""

        service_plan_id: Annotated[str, pattern("[A-Za-z0-9_-]{1,64}", "Give the id of the service plan.")]
        api_token: HeaderSecret
        sender: Sender
        report_secret: HeaderSecret | None = None
        """The secret that Sinch signs reports with, where it does."""

        report_token: ReportToken | None = None

        @model_validator(mode="after")
        def _can_know_reports(self) -> Self:
            """Refuse reports that anybody could write."""
            if not (self.report_secret or self.report_token):
                raise ValueError("Give a REPORT_SECRET, where Sinch signs reports, or a REPORT_TOKEN, or both.")
            return self

    def __init__(self, settings: Settings, client: GatewayClient, *, clock: Callable[[], float] = time.time) -> None:
        self.name = client.name
        self._settings = settings
        self._client = client
        self._clock = clock  # Sinch wants the moment of expiry, not the time until then
        base = settings.url or f"https://{settings.region}.sms.api.sinch.com"
        self._plan = f"{base.rstrip('/')}/xms/v1/{settings.service_plan_id}"

    async def send(self, message: Message) -> Accepted:
        """Hand one message over, as a batch of one; raises `Refused`, `Unreachable` or `Unsure`."""
        body = {
            "type": "mt_text",
            "from": message.sender or self._settings.sender,
            "to": [message.to.e164],
            "body": message.text,
            "delivery_report": "per_recipient",
            "callback_url": self._client.reports_at(self._settings.report_token),
            "client_reference": message.id,
            "expire_at": _moment(self._clock() + max(1, message.valid_for)),
            "feedback_enabled": False,
        }
        headers = _headers(self._settings)
        said = _read_answer(await self._client.call("POST", f"{self._plan}/batches", headers=headers, json=body))
        batch_id = first_text(said, "id")
        if not batch_id:
            raise Unsure("Sinch answered without an id.")
        return Accepted(batch_id)

    def knows(self, token: str) -> bool:
        """Tell whether an address ends in the secret part that Sinch was given, if it was given one."""
        return is_token(token, self._settings.report_token)

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify a callback where Sinch signs, and read it; raises `BadReport` or `InvalidRequest`."""
        if self._settings.report_secret and not is_signed(
            callback.body,
            nonce=callback.headers.get("x-sinch-webhook-signature-nonce", ""),
            timestamp=callback.headers.get("x-sinch-webhook-signature-timestamp", ""),
            signature=callback.headers.get("x-sinch-webhook-signature", ""),
            secret=self._settings.report_secret.get_secret_value(),
            now=now,
        ):
            raise BadReport
        return read_each(list(islice(_entries(read_json(callback.body)), _MORE_THAN_ANY)), _read_entry)

    async def check(self) -> str:
        """Ask for the plan's groups, of which it may have none: Sinch tells no balance."""
        url, headers = f"{self._plan}/groups?page_size=1", _headers(self._settings)
        if "groups" not in _read_answer(await self._client.call("GET", url, headers=headers)):
            raise Unsure("Sinch answered something else.")
        return "works; a balance is not told"


def _headers(settings: Sinch.Settings) -> dict[str, str]:
    return {"Authorization": f"Bearer {settings.api_token.get_secret_value()}"}


def _moment(seconds: float) -> str:
    """Write a moment, given in seconds since 1970, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_answer(answer: HttpResponse) -> Mapping[str, object]:
    """Give what Sinch said, or raise what went wrong: its own code, or that of the gateway before it."""
    said = inside(answer.json())
    code = first_text(said, "code") or first_text(inside(said, "error"), "status")
    if code in REFUSED:
        raise Refused("Sinch refused the message.", reason=REFUSED[code], word=code)
    require_ok(answer, word=code if re.fullmatch("[A-Za-z_]{1,64}", code) else "")
    return said


def _entries(events: Sequence[object]) -> Iterator[Mapping[str, object]]:
    """Pick the reports from what Sinch calls with: one recipient's, or each recipient's of a batch."""
    for event in map(inside, events):
        match event.get("type"):
            case "recipient_delivery_report_sms":
                yield event
            case "delivery_report_sms":
                shared = {name: event.get(name) for name in ("batch_id", "client_reference")}
                for status in map(inside, _listed(event, "statuses")[:_MORE_THAN_ANY]):
                    told = {**shared, "status": status.get("status"), "code": status.get("code")}
                    yield from ({**told, "recipient": recipient} for recipient in _listed(status, "recipients"))


def _listed(fields: Mapping[str, object], name: str) -> list[object]:
    listed = fields.get(name)
    return listed if isinstance(listed, list) else []


def _read_entry(entry: Mapping[str, object]) -> Report | None:
    """Read how one recipient fared."""
    batch_id, word, code = first_text(entry, "batch_id"), first_text(entry, "status"), first_text(entry, "code")
    if not batch_id or not word:
        return None
    return make_report(
        vendor_id=batch_id,
        status=STATUS.get(word.lower(), Status.UNKNOWN),
        word=word,
        code=code,
        why=REASON.get(code),
        reference=first_text(entry, "client_reference"),
        recipient=first_text(entry, "recipient"),
    )
