"""The same code once more: nothing is extended, nothing is reset."""

from functools import partial

from app.domain.human_check import HumanCheck
from app.domain.keyring import Keyring
from app.domain.verification import PendingVerification, ResendRequest
from app.services.parts.code_generation import RandomBytes, create_secret
from app.services.parts.number_encryption import decrypt_number
from app.services.parts.request_facts import facts_of_request, with_human_check
from app.store.resends import Resends
from app.store.verifications import Verifications


async def resend_code(
    ask: ResendRequest,
    *,
    keyring: Keyring,
    verifications: Verifications,
    resends: Resends,
    human_checker: HumanCheck | None,
    random_bytes: RandomBytes,
) -> PendingVerification:
    """Queue one more SMS of a pending verification; by a setting, with a new code.

    By default the code is repeated: SMS arrive late and out of order, and people type the first.
    """
    id, call, app = ask.verification_id, ask.call, ask.call.app
    request_facts = await with_human_check(
        facts_of_request(call, purposes=ask.purposes, keyring=keyring),
        ask.human_check,
        call=call,
        number=partial(_number, ask, resends, keyring),
        human_checker=human_checker,
        keyring=keyring,
        answered=verifications.answered,
    )
    secret = b""
    if app.policy.resend_new_code:
        secret = create_secret(
            id, app=app.name, length=app.policy.code_length, keyring=keyring, random_bytes=random_bytes
        )
    resent = await resends.resend(id, request_facts, app=app.name, secret=secret, policy=app.policy)
    phone = decrypt_number(
        resent.sealed,
        name=resent.name,
        app=app.name,
        verification=resent.id,
        purpose=resent.purpose,
        keyring=keyring,
    )
    return PendingVerification(
        id=resent.id, phone=phone, purpose=resent.purpose, reference=resent.reference or None, left=resent.left
    )


async def _number(ask: ResendRequest, resends: Resends, keyring: Keyring) -> str:
    """Find the number that a human check must be for; it costs a round trip, where a check is shown only."""
    id, app = ask.verification_id, ask.call.app.name
    kept = await resends.find(id, app=app, purposes=ask.purposes)
    phone = decrypt_number(kept.sealed, name=kept.name, app=app, verification=id, purpose=kept.purpose, keyring=keyring)
    return phone.e164
