"""Take what became of a code that an app sent by `/v1/messages` and checked itself."""

from dataclasses import dataclass

from app.domain.app import App
from app.logs import note
from app.store.outgoing_messages import OutgoingMessages


@dataclass(frozen=True, slots=True)
class ReportOutcome:
    """Tells the fraud guard whether the recipient of a code typed it; the first outcome of a message counts."""

    outgoing: OutgoingMessages

    async def __call__(self, id: str, app: App, *, approved: bool) -> None:
        """Store the outcome; raises `NoSuchMessage`, or `InvalidRequest` for a message without a code."""
        await self.outgoing.report_outcome(id, app, approved=approved)
        note(message=id)
