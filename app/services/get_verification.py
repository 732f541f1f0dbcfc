"""Read a verification: its status and the history of each SMS."""

from app.domain.keyring import Keyring
from app.domain.verification import Verification
from app.services.parts.number_encryption import decrypt_number
from app.store.verification_reads import VerificationReads


async def get_verification(
    id: str, *, app: str, keyring: Keyring, verification_reads: VerificationReads
) -> Verification:
    """Read a verification of the app; it is stored for `OTP_KEEP` after its end."""
    row = await verification_reads.read(id, app=app)
    phone = decrypt_number(row.sealed, name=row.name, app=app, verification=id, purpose=row.purpose, keyring=keyring)
    return Verification(
        id=id,
        state=row.state,
        phone=phone,
        purpose=row.purpose,
        reference=row.reference,
        created_at=row.created_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        attempts_left=row.attempts_left,
        sends_left=row.sends_left,
        sends=row.sends,
    )
