"""The same code once more: nothing is extended, nothing is reset."""

from app.domain.keyring import Keyring
from app.domain.verification import AskAgain, Standing
from app.services.generate import Chance, draw_secret
from app.services.seal import open_number
from app.store.verifications import Verifications


async def resend_code(ask: AskAgain, *, keyring: Keyring, verifications: Verifications, chance: Chance) -> Standing:
    """Queue one more SMS of a pending verification; by a setting, with a new code.

    By default the code is repeated: SMS arrive late and out of order, and people type the first.
    """
    id, app, policy = ask.verification_id, ask.call.app.name, ask.call.app.policy
    secret = b""
    if policy.resend_new_code:
        secret = draw_secret(id, app=app, length=policy.code_length, keyring=keyring, chance=chance)
    resent = await verifications.resend(id, app=app, purposes=ask.purposes, secret=secret, policy=policy)
    phone = open_number(
        resent.sealed, name=resent.name, app=app, verification=id, purpose=resent.purpose, keyring=keyring
    )
    return Standing(id=id, phone=phone, purpose=resent.purpose, reference=resent.reference or None, left=resent.left)
