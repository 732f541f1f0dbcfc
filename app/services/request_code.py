"""Request a code: parse the number, apply the limits, generate a code, store the verification, queue its SMS."""

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
    request: CodeRequest,
    *,
    keyring: Keyring,
    verifications: Verifications,
    human_checker: HumanCheck | None,
    random_bytes: RandomBytes,
) -> PendingVerification:
    """Store a new verification of the number and queue its SMS, or refuse with the reason.

    It neither reveals, nor ends, nor uses up the attempts of another pending verification. A call
    that repeats an Idempotency-Key returns the first response.
    """
    call, policy = request.call, request.call.app.policy
    phone = parse_phone_number(request.phone_number, request.country, open_to=policy.countries, voip=policy.voip)

    check_reference(request)

    async def number() -> str:
        return phone.e164

    request_facts = await with_human_check(
        facts_of_request(call, keyring=keyring),
        request.human_check,
        call=call,
        number=number,
        human_checker=human_checker,
        keyring=keyring,
        answered=verifications.answered,
    )
    record = _new_record(request, phone, new_id("vf", random_bytes), keyring=keyring, random_bytes=random_bytes)
    stored = await verifications.save(record, request_facts, policy)
    return PendingVerification(
        id=stored.id, phone=phone, purpose=request.purpose, reference=request.reference, left=stored.left
    )


def _new_record(
    request: CodeRequest, phone: PhoneNumber, id: str, *, keyring: Keyring, random_bytes: RandomBytes
) -> Record:
    app, policy = request.call.app.name, request.call.app.policy
    test = policy.test_number(phone.e164, request.day)
    if test:
        secret = create_fixed_secret(test.code, app=app, verification=id, keyring=keyring, random_bytes=random_bytes)
    else:
        secret = create_secret(id, app=app, length=policy.code_length, keyring=keyring, random_bytes=random_bytes)
    sealed = encrypt_number(
        phone, app=app, verification=id, purpose=request.purpose, keyring=keyring, random_bytes=random_bytes
    )
    return Record(
        id=id,
        app=app,
        purpose=request.purpose,
        reference=request.reference or "",
        name=name_number(phone.e164, keyring),
        sealed=sealed,
        secret=secret,
        country=phone.country,
        locale=choose_language(request, phone),
        subject=_subject_name(request, keyring) if request.subject else "",
        is_device=is_known_device(request.device_token, app=app, e164=phone.e164, today=request.day, keyring=keyring),
        is_test=test is not None,
    )


def _subject_name(request: CodeRequest, keyring: Keyring) -> str:
    """Name a subject by HMAC, apart for browsers and backends: a browser could claim another user's subject."""
    source = "backend" if request.call.is_backend else "browser"
    return keyring.name("subject", f"{source}|{request.subject}")
