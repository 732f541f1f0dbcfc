"""A number asks for a code: read it, limit, generate, keep, queue."""

from app.domain.keyring import Keyring
from app.domain.phone import Phone, read_phone
from app.domain.verification import Ask, Standing
from app.services.generate import Chance, draw_secret, fix_secret, new_id
from app.services.seal import name_number, seal_number
from app.store.verifications import Record, Verifications


async def request_code(ask: Ask, *, keyring: Keyring, verifications: Verifications, chance: Chance) -> Standing:
    """Keep a new verification of the number and queue its SMS, or refuse with the reason.

    It neither reveals, nor ends, nor uses up the attempts of another that is pending.
    """
    policy = ask.call.app.policy
    phone = read_phone(ask.phone_number, ask.country, open_to=policy.countries, voip=policy.voip)
    id = new_id("vf", chance)
    record = _record(ask, phone, id, keyring=keyring, chance=chance)
    left = await verifications.keep(record, policy)
    return Standing(id=id, phone=phone, purpose=ask.purpose, reference=ask.reference, left=left)


def _record(ask: Ask, phone: Phone, id: str, *, keyring: Keyring, chance: Chance) -> Record:
    app, policy = ask.call.app.name, ask.call.app.policy
    test = policy.test_number(phone.e164, ask.day)
    if test:
        secret = fix_secret(test.code, app=app, verification=id, keyring=keyring, chance=chance)
    else:
        secret = draw_secret(id, app=app, length=policy.code_length, keyring=keyring, chance=chance)
    sealed = seal_number(phone, app=app, verification=id, purpose=ask.purpose, keyring=keyring, chance=chance)
    return Record(
        id=id,
        app=app,
        purpose=ask.purpose,
        reference=ask.reference or "",
        name=name_number(phone.e164, keyring),
        sealed=sealed,
        secret=secret,
        is_test=test is not None,
    )
