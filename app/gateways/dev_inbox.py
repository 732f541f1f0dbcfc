"""The development inbox: a gateway that posts to a page of this service, so that development needs no vendor."""

from collections.abc import Mapping

from app.domain.message import Accepted, Callback, Message, Report
from app.domain.sender import ANY_NAME
from app.domain.status import Reason, Status
from app.gateways.base_gateway import BaseGateway
from app.gateways.report_parsing import first_text, make_report, read_each, read_json, segments
from app.gateways.settings_fields import Address, GatewaySettings, ReportToken

# The page's status buttons -> our status.
STATUS = {
    "sent": Status.SENT,
    "buffered": Status.BUFFERED,
    "delivered": Status.DELIVERED,
    "undelivered": Status.UNDELIVERED,
    "expired": Status.EXPIRED,
    "failed": Status.FAILED,
}
REASON = {"undelivered": Reason.UNREACHABLE_TEMPORARY}  # the page simulates a phone that is off


class DevInbox(BaseGateway["DevInbox.Settings"]):
    """Send messages to the page where the developer reads them."""

    title = "The inbox"
    sender_names = ANY_NAME

    class Settings(GatewaySettings):
        """The URL at which this service reaches itself, and the secret token of its report address."""

        url: Address = "http://127.0.0.1:8000"
        """Plain http is allowed: the page shows its codes to everyone who opens it."""

        report_token: ReportToken

    async def send(self, message: Message) -> Accepted:
        """Post one message to the inbox page; raises `Refused`, `Unreachable` or `Unsure`."""
        body = {"to": message.to.e164, "text": message.text, "message_id": message.id}
        fields = await self._call("POST", "/dev/inbox/messages", json=body)
        return self._accepted(first_text(fields, "id"), segments=segments(fields, "segments"))

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Read a report that the page posted; raises `InvalidRequest`."""
        return read_each(read_json(callback.body), _read)

    async def check(self) -> str:
        """Return a fixed text: the inbox has no account."""
        return "a page of this service, it has no account"


def _read(entry: Mapping[str, object]) -> Report | None:
    """Read one entry with `id`, `reference`, `to` and `status`."""
    word = first_text(entry, "status")
    return make_report(
        vendor_id=first_text(entry, "id"),
        status=STATUS.get(word),
        word=word,
        reason=REASON.get(word),
        reference=first_text(entry, "reference"),
        recipient=first_text(entry, "to"),
    )
