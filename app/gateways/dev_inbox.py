"""The developer's inbox: a vendor in miniature, served by this service itself, so that a code needs no contract."""

from collections.abc import Mapping

from app.domain.gateway import Unsure
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.status import Reason, Status
from app.gateways.gateway_client import GatewayClient
from app.gateways.report_parsing import first_text, is_token, make_report, read_each, read_json, segments
from app.gateways.settings_fields import Address, GatewaySettings, ReportToken
from app.http_client import require_ok

# The phone's buttons -> ours. A word that has no button becomes UNKNOWN, as with any vendor.
STATUS = {
    "sent": Status.SENT,
    "buffered": Status.BUFFERED,
    "delivered": Status.DELIVERED,
    "undelivered": Status.UNDELIVERED,
    "expired": Status.EXPIRED,
    "failed": Status.FAILED,
}
REASON = {Status.UNDELIVERED: Reason.UNREACHABLE_TEMPORARY}  # a phone that is off; it says nothing more


class DevInbox:
    """Carries messages to the page where the developer reads them."""

    acknowledgement = b"OK"
    repeats_safely = False

    class Settings(GatewaySettings):
        """Where this service is reached by itself, and the secret part of its report address."""

        url: Address = "http://127.0.0.1:8000"
        """Plain http is fine: the phone shows its codes to whoever opens the page anyway."""

        report_token: ReportToken

    def __init__(self, settings: Settings, client: GatewayClient) -> None:
        self.name = client.name
        self._client = client
        self._url = f"{settings.url.rstrip('/')}/dev/inbox/messages"
        self._report_token = settings.report_token

    async def send(self, message: Message) -> Accepted:
        """Show one message on the phone; raises `Refused`, `Unreachable` or `Unsure`."""
        body = {"to": message.to.e164, "text": message.text, "message_id": message.id}
        answer = await self._client.call("POST", self._url, json=body)
        require_ok(answer)
        said = answer.fields()
        if shown := first_text(said, "id"):
            return Accepted(shown, segments=segments(said, "segments"))
        raise Unsure("The phone answered without an id.")

    def knows(self, token: str) -> bool:
        """Tell whether an address ends in the secret part that the page was given."""
        return is_token(token, self._report_token)

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Read what a button posted; raises `InvalidRequest`."""
        return read_each(read_json(callback.body), _read)

    async def check(self) -> str:
        """Tell that there is nothing to ask."""
        return "a page of this service, it has no account"


def _read(entry: Mapping[str, object]) -> Report | None:
    """Read one entry: id, reference, to, status."""
    shown, word = first_text(entry, "id"), first_text(entry, "status")
    if not shown or not word:
        return None
    status = STATUS.get(word, Status.UNKNOWN)
    return make_report(
        vendor_id=shown,
        status=status,
        word=word,
        why=REASON.get(status),
        reference=first_text(entry, "reference"),
        recipient=first_text(entry, "to"),
    )
