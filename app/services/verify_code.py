"""Check a code: count the attempt, compare the digests, sign a proof."""

from app.domain.code import read_code
from app.domain.keyring import Keyring
from app.domain.phone_number import PhoneNumber, parse_phone_number
from app.domain.verification import Approval, CodeCheck
from app.services.parts.code_generation import digests_of
from app.services.parts.device_tokens import issue_device_token
from app.services.parts.number_encryption import decrypt_number, name_number
from app.services.parts.proof_tokens import ProofClaims, ProofSigner, sign_proof
from app.services.parts.request_facts import facts_of_request
from app.store.code_checks import ApprovedRecord, Candidate, CodeChecks


async def verify_code(guess: CodeCheck, *, keyring: Keyring, checks: CodeChecks, signer: ProofSigner) -> Approval:
    """Count the attempt, compare the code, use up the verification, and sign the proof.

    The response contains nothing random, so that a call that repeats an Idempotency-Key gets the same proof.

    Raises `IncorrectCode`, `TooManyAttempts` or `NoPendingVerification`; `InvalidRequest` for input
    that is not a code, which costs no attempt.
    """
    app, policy = guess.call.app.name, guess.call.app.policy
    code = read_code(guess.code, length=policy.code_length)
    ids = [guess.verification_id] if guess.verification_id else await _find(guess, keyring, checks)
    candidates = [Candidate(id, digests_of(code, app=app, verification=id, keyring=keyring)) for id in ids]
    request_facts = facts_of_request(guess.call, purposes=guess.purposes, keyring=keyring)
    approved = await checks.check(candidates, request_facts, app=app, policy=policy)
    phone = decrypt_number(
        approved.sealed,
        name=approved.name,
        app=app,
        verification=approved.id,
        purpose=approved.purpose,
        keyring=keyring,
    )
    claims = _claims(app, phone, approved, jti=f"pr_{keyring.name('proof', approved.id)}")
    proof, expires_at = sign_proof(claims, signer=signer, keyring=keyring)
    return Approval(
        id=approved.id,
        phone=phone,
        purpose=approved.purpose,
        reference=approved.reference or None,
        approved_at=approved.at,
        proof=proof,
        proof_expires_at=expires_at * 1000,
        device_token=issue_device_token(app, phone.e164, at=approved.at, keyring=keyring),
    )


async def _find(guess: CodeCheck, keyring: Keyring, checks: CodeChecks) -> list[str]:
    """Find the verifications of a number, even where its country was closed since the code was sent."""
    phone = parse_phone_number(guess.phone_number, guess.country, voip=guess.call.app.policy.voip)
    return await checks.find(app=guess.call.app.name, name=name_number(phone.e164, keyring), purposes=guess.purposes)


def _claims(app: str, phone: PhoneNumber, approved: ApprovedRecord, *, jti: str) -> ProofClaims:
    return ProofClaims(
        app=app,
        e164=phone.e164,
        at=approved.at // 1000,
        jti=jti,
        purpose=approved.purpose,
        reference=approved.reference,
        verification=approved.id,
        is_test=approved.is_test,
    )
