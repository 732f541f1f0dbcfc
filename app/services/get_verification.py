"""Read a verification: its status and the history of each SMS."""

from dataclasses import dataclass

from app.domain.app import App
from app.domain.verification import Verification
from app.store.verification_reads import VerificationReads


@dataclass(frozen=True, slots=True)
class GetVerification:
    """Reads a verification of the app; it is stored for `OTP_KEEP` after its end."""

    verification_reads: VerificationReads

    async def __call__(self, id: str, app: App) -> Verification:
        """Return the verification; raises `NoPendingVerification` when the app has none of this id."""
        return await self.verification_reads.read(id, app=app.name)
