"""Cancel a pending verification; an SMS that is still queued is not sent."""

from app.domain.app import App
from app.store.verifications import Verifications


async def cancel_verification(id: str, *, app: App, verifications: Verifications) -> None:
    """Cancel a pending verification; raises `NoPendingVerification` when it has already ended."""
    await verifications.cancel(id, app=app.name, policy=app.policy)
