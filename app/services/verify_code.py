"""Check a code: count the attempt, compare the digests, sign a proof."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.code import read_code
from app.domain.errors import IncorrectCode, OtpError, TooManyAttempts
from app.domain.keyring import Keyring
from app.domain.phone_number import parse_phone_number
from app.domain.verification import Approval, ApprovedVerification, CodeCheck
from app.logs import note
from app.metrics.table import APPROVALS, CHECKS, VERIFICATIONS
from app.services.parts.code_generation import CodeSecrets
from app.services.parts.device_tokens import issue_device_token
from app.services.parts.proof_tokens import ProofSigner
from app.store.code_checks import Candidate, CodeChecks


@dataclass(frozen=True, slots=True)
class VerifyCode:
    """Counts the attempt, compares the code, uses up the verification, and signs the proof.

    The response contains nothing random, so that a call that repeats an Idempotency-Key gets the same proof.
    """

    keyring: Keyring
    codes: CodeSecrets
    checks: CodeChecks
    signer: ProofSigner

    async def __call__(self, code_check: CodeCheck) -> Approval:
        """Check a code.

        Raises `IncorrectCode`, `TooManyAttempts` or `NoPendingVerification`; `InvalidRequest` for input
        that is not a code, which costs no attempt.
        """
        app = code_check.call.app
        code = read_code(code_check.code, length=app.policy.code_length)
        ids = [code_check.verification_id] if code_check.verification_id else await self._find(code_check)
        candidates = [Candidate(id, self.codes.digests(code, app=app.name, verification=id)) for id in ids]
        approved = await self._check(candidates, code_check)
        proof, expires_at = self.signer.sign(approved)
        return Approval(
            verification=approved,
            proof=proof,
            proof_expires_at=expires_at * 1000,
            device_token=issue_device_token(
                app.name, approved.phone.e164, at=approved.approved_at, keyring=self.keyring
            ),
        )

    async def _check(self, candidates: Sequence[Candidate], code_check: CodeCheck) -> ApprovedVerification:
        """Check the guess; count the outcome and note it for the log. A refusal may quote what is no id of ours."""
        app = code_check.call.app.name
        try:
            approved = await self.checks.check(candidates, code_check)
        except OtpError as refused:
            CHECKS.count(app, "wrong" if isinstance(refused, IncorrectCode) else refused.code)
            if isinstance(refused, IncorrectCode | TooManyAttempts):
                note(verification=candidates[-1].id)
            if isinstance(refused, IncorrectCode) and refused.attempts_left == 0:
                VERIFICATIONS.count(app, "locked")
            raise
        CHECKS.count(app, "right")
        if approved.country:
            VERIFICATIONS.count(app, "approved")
            APPROVALS.count(approved.country, approved.gateway)
        note(verification=approved.id, country=approved.country, number=self.keyring.log_name(approved.phone.e164))
        return approved

    async def _find(self, code_check: CodeCheck) -> list[str]:
        """Find the verifications of a number, even where its country was closed since the code was sent."""
        tests = code_check.call.app.policy.test_numbers
        phone = parse_phone_number(code_check.phone_number, code_check.country, is_test_number=tests.__contains__)
        return await self.checks.find(phone, code_check)
