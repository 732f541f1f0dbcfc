"""Bird (bird.com), the successor of MessageBird, written from its Python package `messagebird-sdk` 0.106.

Not yet tested with a live account.
"""

import re
from collections.abc import Mapping
from typing import Annotated

import httpx
from pydantic import AfterValidator, SecretStr

from app.domain.errors import BadReport
from app.domain.gateway import Refused, Unsure
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.signatures import standard_webhooks
from app.domain.status import Reason, Status
from app.gateways.base_gateway import BaseGateway
from app.gateways.gateway_client import bearer_auth, without_empty
from app.gateways.report_parsing import first_text, invert, loggable, make_report, object_at, read_each, read_json
from app.gateways.report_parsing import segments as read_segments
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, Sender, WebhookSecret

# Our status <- Bird's status of a message, and the last part of its event's type.
STATUS = invert(
    {
        Status.QUEUED: ("accepted", "scheduled"),
        Status.SENT: ("sent",),
        Status.DELIVERED: ("delivered",),
        Status.UNDELIVERED: ("undelivered",),
        Status.EXPIRED: ("expired",),
        Status.FAILED: ("failed", "rejected", "canceled"),
    }
)

# The name of a refused request's error -> reason.
REASON = {
    "SMSInvalidRecipient": Reason.INVALID_NUMBER,
    "SMSSenderNotConfigured": Reason.INVALID_SENDER,
    "SMSMessagingProfileSenderBound": Reason.INVALID_SENDER,
    "SenderCategoryNotPermitted": Reason.INVALID_SENDER,
}
# The class of a refused request's error -> reason, used if its name is not listed.
CLASS = {
    "auth_error": Reason.AUTH,
    "billing_error": Reason.NO_CREDIT,
    "misdirected_error": Reason.CONFIG,  # the key belongs to another region
    "not_found_error": Reason.CONFIG,
    "rate_limit_error": Reason.THROTTLED,
}
# The code of a failed message's error -> reason.
REPORT_REASON = {
    "invalid_destination": Reason.INVALID_NUMBER,
    "landline_unreachable": Reason.INVALID_NUMBER,
    "unreachable": Reason.UNREACHABLE_TEMPORARY,
    "blocked_by_recipient": Reason.UNREACHABLE_PERMANENT,  # the phone blocks the sender; this is no STOP
    "recipient_opted_out": Reason.OPTED_OUT,
    "blocked_by_fraud_protection": Reason.BLOCKED_DESTINATION,
    "sender_unregistered": Reason.INVALID_SENDER,
    "blocked_by_carrier": Reason.CONTENT_REJECTED,
    "content_rejected": Reason.CONTENT_REJECTED,
    "provider_unavailable": Reason.PROVIDER_ERROR,
    "insufficient_balance": Reason.NO_CREDIT,
    "unknown": Reason.UNKNOWN,
}

_KEY = re.compile(r"b[km]_([a-z]{2}[0-9]+)_[!-~]+")  # the key names its region
_NO_PREVIEW = "SMSUnsupportedFeature"
_MIN_VALIDITY, _MAX_VALIDITY = 60, 172_800  # bounds of `validity_period`, in seconds
_EVENT = "sms."


def _api_key(key: SecretStr) -> SecretStr:
    """Reject a key of the classic MessageBird, which names no region."""
    if not _KEY.fullmatch(key.get_secret_value()):
        raise ValueError(
            "Give a key of Bird, like bk_eu1_…; a key of the classic MessageBird belongs to the gateway messagebird."
        )
    return key


class Bird(BaseGateway["Bird.Settings"]):
    """Send messages through Bird."""

    title = "Bird"
    repeats_safely = True

    class Settings(GatewaySettings):
        """A workspace at Bird."""

        url: EncryptedAddress | None = None
        """The base URL of the API, by default that of the key's region."""

        api_key: Annotated[HeaderSecret, AfterValidator(_api_key)]
        webhook_secret: WebhookSecret
        """Verifies reports; Bird shows it where the webhook is created."""

        sender: Sender
        """A number, a short code or a name that the workspace holds."""

    _takes_validity = True  # until Bird says otherwise: the field is for organizations in its preview

    async def send(self, message: Message) -> Accepted:
        """Send one message, which Bird takes once for each of our ids; raises `Refused`, `Unreachable` or `Unsure`."""
        try:
            return await self._send(message)
        except Refused as refused:
            if refused.word != _NO_PREVIEW or not self._takes_validity:
                raise
        self._takes_validity = False
        return await self._send(message)

    async def _send(self, message: Message) -> Accepted:
        body = {
            "to": message.to.e164,
            "from": message.sender or self._settings.sender,
            "text": message.text,
            "category": "authentication",  # Bird then returns no text when the message is read
            "metadata": {"message": message.id},  # returned in every event
            "validity_period": _validity(message.valid_for) if self._takes_validity else None,
        }
        # A request with another body is another request, so its key differs.
        headers = {"Idempotency-Key": f"{message.id}{'' if self._takes_validity else '-plain'}", **self._headers()}
        url = f"{self._base_url()}/v1/sms/messages"
        response = await self._client.call("POST", url, headers=headers, json=without_empty(body))
        if response.status == httpx.codes.CONFLICT:
            raise Unsure("Bird still works on an earlier call with this id.", word="conflict_error")
        fields = self._read_response(response)
        if STATUS.get(first_text(fields, "status"), Status.UNKNOWN).is_failure:
            code = first_text(object_at(fields, "last_error"), "code")
            raise self._refused(REPORT_REASON.get(code, Reason.UNKNOWN), word=loggable(code, "[a-z_]{1,64}"))
        return self._accepted(first_text(fields, "id"), segments=read_segments(object_at(fields, "segments"), "count"))

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify and read one event; raises `BadReport` or `InvalidRequest`."""
        secret = self._settings.webhook_secret.get_secret_value()
        if not standard_webhooks.is_signed([secret], callback.headers, callback.body, now=now):
            raise BadReport
        events = read_json(callback.body)
        return read_each([event for event in events if not _is_other(object_at(event))], _read_event)

    async def check(self) -> str:
        """Return that the key works: Bird shows the balance to people only."""
        workspace = await self._call("GET", "/v1/workspace")
        if not first_text(workspace, "id"):
            raise Unsure("Bird answered without a workspace.")
        return "works; Bird shows no balance to keys"

    def _base_url(self) -> str:
        region = _KEY.fullmatch(self._settings.api_key.get_secret_value())
        return super()._base_url() or f"https://{region[1] if region else ''}.platform.bird.com"

    def _headers(self) -> dict[str, str]:
        return bearer_auth(self._settings.api_key)

    def _read_error(self, fields: Mapping[str, object]) -> tuple[Reason | None, str]:
        """Read the name of an error, or its class if the name is not listed."""
        error = object_at(fields, "error")
        name, kind = first_text(error, "name"), first_text(error, "type")
        word = loggable(name, "[A-Za-z]{1,64}") or loggable(first_text(error, "code"), "E[0-9]{5}")
        return REASON.get(name) or CLASS.get(kind), word or loggable(kind, "[a-z_]{1,64}")


def _validity(seconds: int) -> int:
    """Round up to a minute, so that a repeated call has the same body unless a minute has passed."""
    return min(max(_MIN_VALIDITY, -(-seconds // 60) * 60), _MAX_VALIDITY)


def _is_other(event: Mapping[str, object]) -> bool:
    """Return whether an event is no status of an SMS: a webhook may also subscribe to replies and other channels."""
    kind = first_text(event, "type")
    return bool(kind) and (not kind.startswith(_EVENT) or kind == f"{_EVENT}received")


def _read_event(event: Mapping[str, object]) -> Report | None:
    """Read one event of a message."""
    data, word = object_at(event, "data"), first_text(event, "type").removeprefix(_EVENT)
    code = first_text(object_at(data, "error"), "code")
    return make_report(
        vendor_id=first_text(data, "sms_id"),
        status=STATUS.get(word),
        word=word,
        code=code,
        reason=REPORT_REASON.get(code),
        reference=first_text(object_at(data, "metadata"), "message"),
        recipient=first_text(data, "to"),
    )
