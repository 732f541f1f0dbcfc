"""The app looks at a verification: how it stands, and what became of each SMS."""

from app.domain.keyring import Keyring
from app.domain.verification import Verification
from app.services.parts.number_encryption import decrypt_number
from app.store.verification_reads import VerificationReads


async def get_verification(
    id: str, *, app: str, keyring: Keyring, verification_reads: VerificationReads
) -> Verification:
    """Read a verification of the app, kept for `OTP_KEEP` after its end."""
    view = await verification_reads.look(id, app=app)
    phone = decrypt_number(view.sealed, name=view.name, app=app, verification=id, purpose=view.purpose, keyring=keyring)
    return Verification(
        id=id,
        state=view.state,
        phone=phone,
        purpose=view.purpose,
        reference=view.reference,
        created_at=view.created_at,
        expires_at=view.expires_at,
        ended_at=view.ended_at,
        attempts_left=view.attempts_left,
        sends_left=view.sends_left,
        sends=view.sends,
    )
