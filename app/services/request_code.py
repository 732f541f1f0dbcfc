"""A number asks for a code: read it, limit, generate, keep, queue."""

from app.domain.human_check import HumanCheck
from app.domain.keyring import Keyring
from app.domain.phone_number import PhoneNumber, parse_phone_number
from app.domain.verification import CodeRequest, PendingVerification
from app.services.parts.choose_language import check_reference, choose_language
from app.services.parts.code_generation import RandomBytes, create_fixed_secret, create_secret, new_id
from app.services.parts.device_tokens import is_known_device
from app.services.parts.number_encryption import encrypt_number, name_number
from app.services.parts.request_facts import facts_of_request, with_human_check
from app.store.verifications import Record, Verifications


async def request_code(
    ask: CodeRequest,
    *,
    keyring: Keyring,
    verifications: Verifications,
    human_checker: HumanCheck | None,
    random_bytes: RandomBytes,
) -> PendingVerification:
    """Keep a new verification of the number and queue its SMS, or refuse with the reason.

    It neither reveals, nor ends, nor uses up the attempts of another that is pending. A repeat of a
    call by its Idempotency-Key gives the first one's answer.
    """
    call, policy = ask.call, ask.call.app.policy
    phone = parse_phone_number(ask.phone_number, ask.country, open_to=policy.countries, voip=policy.voip)

    check_reference(ask)

    async def number() -> str:
        return phone.e164

    request_facts = await with_human_check(
        facts_of_request(call, keyring=keyring),
        ask.human_check,
        call=call,
        number=number,
        human_checker=human_checker,
        keyring=keyring,
        answered=verifications.answered,
    )
    record = _new_record(ask, phone, new_id("vf", random_bytes), keyring=keyring, random_bytes=random_bytes)
    kept = await verifications.keep(record, request_facts, policy)
    return PendingVerification(id=kept.id, phone=phone, purpose=ask.purpose, reference=ask.reference, left=kept.left)


def _new_record(
    ask: CodeRequest, phone: PhoneNumber, id: str, *, keyring: Keyring, random_bytes: RandomBytes
) -> Record:
    app, policy = ask.call.app.name, ask.call.app.policy
    test = policy.test_number(phone.e164, ask.day)
    if test:
        secret = create_fixed_secret(test.code, app=app, verification=id, keyring=keyring, random_bytes=random_bytes)
    else:
        secret = create_secret(id, app=app, length=policy.code_length, keyring=keyring, random_bytes=random_bytes)
    sealed = encrypt_number(
        phone, app=app, verification=id, purpose=ask.purpose, keyring=keyring, random_bytes=random_bytes
    )
    return Record(
        id=id,
        app=app,
        purpose=ask.purpose,
        reference=ask.reference or "",
        name=name_number(phone.e164, keyring),
        sealed=sealed,
        secret=secret,
        country=phone.country,
        locale=choose_language(ask, phone),
        subject=_subject_name(ask, keyring) if ask.subject else "",
        is_device=is_known_device(ask.device_token, app=app, e164=phone.e164, today=ask.day, keyring=keyring),
        is_test=test is not None,
    )


def _subject_name(ask: CodeRequest, keyring: Keyring) -> str:
    """Name a subject; what a browser calls itself is no backend's word, or a stranger could use up somebody's share."""
    said_by = "backend" if ask.call.is_backend else "browser"
    return keyring.name("subject", f"{said_by}|{ask.subject}")
