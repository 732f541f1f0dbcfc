"""Sinch, the SMS REST API of a service plan, written from its public pages on batches, reports and status codes.

https://developers.sinch.com/docs/sms/api-reference/. Not yet tested with a live account.
Sinch signs reports only for plans where its support has enabled that; without it, the secret token in
their address authenticates them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Literal, Self

from pydantic import model_validator

from app.domain.errors import BadReport
from app.domain.gateway import Unsure
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.signatures.comparison import base64_hmac, is_recent, is_same
from app.domain.status import Reason, Status
from app.gateways.base_gateway import BaseGateway
from app.gateways.gateway_client import bearer_auth
from app.gateways.report_parsing import first_text, list_field, loggable, make_report, object_at, read_each, read_json
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, Sender
from app.settings.parsers import pattern

_MAX_VALIDITY = 259_140  # seconds: a minute less than the three days after which Sinch stops, for a clock that differs

# Sinch's status in lower case -> our status.
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
# The status code of a report -> reason. Codes below 400 are those of Sinch's SMPP, most of which are about networks;
# those from 15 to 310 are listed for the US, and no page says whether its REST API reports them.
REPORT_REASON = {
    "1": Reason.INVALID_SENDER,
    "2": Reason.PROVIDER_ERROR,  # no route
    "15": Reason.CONTENT_REJECTED,
    "60": Reason.INVALID_SENDER,
    "62": Reason.CONTENT_REJECTED,
    "64": Reason.THROTTLED,
    "152": Reason.UNREACHABLE_PERMANENT,
    "300": Reason.INVALID_NUMBER,
    "310": Reason.INVALID_SENDER,
    "402": Reason.PROVIDER_ERROR,  # no route
    "403": Reason.PROVIDER_ERROR,
    "404": Reason.PROVIDER_ERROR,  # temporary
    "406": Reason.EXPIRED,
    "408": Reason.PROVIDER_ERROR,
    "410": Reason.INVALID_SENDER,
    "411": Reason.CONTENT_REJECTED,  # too many parts
    "412": Reason.CONFIG,  # a region that is not enabled for the account
    "413": Reason.AUTH,  # the account is blocked, perhaps for lack of credit
}
# Sinch's error -> reason of the refusal. Its other codes are for features that are not used here; those for bad
# syntax name no field.
REASON = {"blocked_account": Reason.AUTH, "missing_callback_url": Reason.CONFIG}

_REPORT_CAP = 1001  # reports of one call: one more than `read_each` accepts


def is_signed(body: bytes, *, nonce: str, timestamp: str, signature: str, secret: str, now: float) -> bool:
    """Return whether Sinch signed this body at most five minutes before or after `now`, in seconds since 1970.

    The signature is the base64 of an HMAC-SHA-256 over body, nonce and time, joined by dots. For SMS,
    Sinch signs only if its support has enabled it for the service plan; it documents no maximum age.
    Source: the vendor's client libraries and their test vectors.
    """
    if not is_recent(timestamp, now=now):
        return False
    if not nonce or "." in nonce:  # with a dot in the nonce, an attacker could move the end of the body into it
        return False
    signed = b".".join((body, nonce.encode("utf-8", "surrogatepass"), timestamp.encode()))
    return is_same(signature, base64_hmac(secret, signed, "sha256"))


class Sinch(BaseGateway["Sinch.Settings"]):
    """Send messages through Sinch."""

    title = "Sinch"

    class Settings(GatewaySettings):
        """A service plan at Sinch."""

        region: Literal["us", "eu", "au", "br", "ca"] = "us"
        """The region in which the plan was created; its API has that region's host."""

        url: EncryptedAddress | None = None
        """The base URL of the API, by default the region's host."""

        service_plan_id: Annotated[str, pattern("[A-Za-z0-9_-]{1,64}", "Give the id of the service plan.")]
        api_token: HeaderSecret
        sender: Sender
        report_secret: HeaderSecret | None = None
        """The secret of Sinch's report signatures, if it signs them."""

        @model_validator(mode="after")
        def _check_report_authentication(self) -> Self:
            """Reject an account whose reports anyone could forge."""
            if not (self.report_secret or self.report_token):
                raise ValueError("Give a REPORT_SECRET, where Sinch signs reports, or a REPORT_TOKEN, or both.")
            return self

    async def send(self, message: Message) -> Accepted:
        """Send one message as a batch of one; raises `Refused`, `Unreachable` or `Unsure`."""
        body = {
            "type": "mt_text",
            "from": message.sender or self._settings.sender,
            "to": [message.to.e164],
            "body": message.text,
            "delivery_report": "per_recipient",
            "callback_url": self._report_url(),
            "client_reference": message.id,
            "expire_at": _iso_time(self._clock() + min(max(1, message.valid_for), _MAX_VALIDITY)),
            "feedback_enabled": False,
        }
        return self._accepted(first_text(await self._call("POST", "/batches", json=body), "id"))

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify a callback if Sinch signs, and read it; raises `BadReport` or `InvalidRequest`."""
        if self._settings.report_secret and not is_signed(
            callback.body,
            nonce=callback.headers.get("x-sinch-webhook-signature-nonce", ""),
            timestamp=callback.headers.get("x-sinch-webhook-signature-timestamp", ""),
            signature=callback.headers.get("x-sinch-webhook-signature", ""),
            secret=self._settings.report_secret.get_secret_value(),
            now=now,
        ):
            raise BadReport
        return read_each(list(islice(_entries(read_json(callback.body)), _REPORT_CAP)), _read_entry)

    async def check(self) -> str:
        """Check the account by listing the plan's groups, of which it may have none: Sinch reports no balance."""
        if "groups" not in await self._call("GET", "/groups?page_size=1"):
            raise Unsure("Sinch answered without a list of groups.")
        return "works; Sinch reports no balance"

    def _base_url(self) -> str:
        url = super()._base_url() or f"https://{self._settings.region}.sms.api.sinch.com"
        return f"{url}/xms/v1/{self._settings.service_plan_id}"

    def _headers(self) -> dict[str, str]:
        return bearer_auth(self._settings.api_token)

    def _read_error(self, fields: Mapping[str, object]) -> tuple[Reason | None, str]:
        """Read the error code of the SMS API, or the `status` of the API gateway in front of it."""
        code = first_text(fields, "code") or first_text(object_at(fields, "error"), "status")
        return REASON.get(code), loggable(code, "[A-Za-z_]{1,64}")


def _iso_time(seconds: float) -> str:
    """Format a time in seconds since 1970 as ISO 8601 in UTC, with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _entries(events: Sequence[object]) -> Iterator[Mapping[str, object]]:
    """Yield the reports of a callback: that of one recipient, or those of each recipient of a batch."""
    for event in map(object_at, events):
        match event.get("type"):
            case "recipient_delivery_report_sms":
                yield event
            case "delivery_report_sms":
                shared = {name: event.get(name) for name in ("batch_id", "client_reference")}
                for status in map(object_at, list_field(event, "statuses")[:_REPORT_CAP]):
                    shared_fields = {**shared, "status": status.get("status"), "code": status.get("code")}
                    yield from (
                        {**shared_fields, "recipient": recipient} for recipient in list_field(status, "recipients")
                    )


def _read_entry(entry: Mapping[str, object]) -> Report | None:
    """Read the report of one recipient."""
    word, code = first_text(entry, "status"), first_text(entry, "code")
    return make_report(
        vendor_id=first_text(entry, "batch_id"),
        status=STATUS.get(word.lower()),
        word=word,
        code=code,
        reason=REPORT_REASON.get(code),
        reference=first_text(entry, "client_reference"),
        recipient=first_text(entry, "recipient"),
    )
