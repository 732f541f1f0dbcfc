"""Resend the code of a pending verification; expiry, attempts and limits are neither extended nor reset."""

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
    request: ResendRequest,
    *,
    keyring: Keyring,
    verifications: Verifications,
    resends: Resends,
    human_checker: HumanCheck | None,
    random_bytes: RandomBytes,
) -> PendingVerification:
    """Queue one more SMS of a pending verification; with a new code if the app's policy says so.

    By default the code is repeated: SMS arrive late and out of order, and users type the first.
    """
    id, call, app = request.verification_id, request.call, request.call.app
    request_facts = await with_human_check(
        facts_of_request(call, purposes=request.purposes, keyring=keyring),
        request.human_check,
        call=call,
        number=partial(_number, request, resends, keyring),
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


async def _number(request: ResendRequest, resends: Resends, keyring: Keyring) -> str:
    """Find the number that a human check must match; the extra round trip is made only when a check is sent."""
    id, app = request.verification_id, request.call.app.name
    stored = await resends.find(id, app=app, purposes=request.purposes)
    phone = decrypt_number(
        stored.sealed, name=stored.name, app=app, verification=id, purpose=stored.purpose, keyring=keyring
    )
    return phone.e164
