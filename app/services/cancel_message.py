"""Cancel a message that waits to be sent."""

from dataclasses import dataclass

from app.domain.app import App
from app.logs import note
from app.store.outgoing_messages import OutgoingMessages


@dataclass(frozen=True, slots=True)
class CancelMessage:
    """Cancels a message of the app for which no gateway was called yet."""

    outgoing: OutgoingMessages

    async def __call__(self, id: str, app: App) -> None:
        """End the message; raises `NoSuchMessage` when there is none, or it was handed over already."""
        await self.outgoing.cancel(id, app)
        note(message=id)
