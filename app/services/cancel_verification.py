"""Cancel a pending verification; an SMS that is still queued is not sent."""

from dataclasses import dataclass

from app.domain.app import App
from app.logs import note
from app.metrics.table import VERIFICATIONS
from app.store.verifications import Verifications


@dataclass(frozen=True, slots=True)
class CancelVerification:
    """Cancels a pending verification of the app."""

    verifications: Verifications

    async def __call__(self, id: str, app: App) -> None:
        """End the verification; raises `NoPendingVerification` when it has already ended."""
        await self.verifications.cancel(id, app)
        note(verification=id)
        VERIFICATIONS.count(app.name, "canceled")
