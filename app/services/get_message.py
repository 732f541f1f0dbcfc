"""Read a message: its status and its history at each gateway."""

from dataclasses import dataclass

from app.domain.app import App
from app.domain.outgoing_message import OutgoingMessage
from app.logs import note
from app.store.message_reads import MessageReads


@dataclass(frozen=True, slots=True)
class GetMessage:
    """Reads a message of the app, those of verifications too; it is stored for `OTP_KEEP` after its end."""

    message_reads: MessageReads

    async def __call__(self, id: str, app: App) -> OutgoingMessage:
        """Return the message; raises `NoSuchMessage` when the app has none of this id."""
        message = await self.message_reads.read(id, app=app.name)
        note(message=id)
        return message
