"""The app thinks better of it: a pending verification ends, and its SMS is not sent if it still waits."""

from app.domain.app import App
from app.store.verifications import Verifications


async def cancel_verification(id: str, *, app: App, verifications: Verifications) -> None:
    """End a pending verification; raises `NoPendingVerification` when it already ended."""
    await verifications.cancel(id, app=app.name, policy=app.policy)
