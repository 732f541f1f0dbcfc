"""Resend the code of a pending verification; expiry, attempts and limits are neither extended nor reset."""

from dataclasses import dataclass

from app.domain.keyring import Keyring
from app.domain.phone_number import country_of
from app.domain.verification import PendingVerification, ResendRequest
from app.logs import note
from app.metrics.table import VERIFICATIONS
from app.services.parts.code_generation import CodeSecrets
from app.services.parts.human_check import HumanChecks
from app.store.resends import Resends


@dataclass(frozen=True, slots=True)
class ResendCode:
    """Queues one more SMS of a pending verification; with a new code if the app's policy says so.

    By default the code is repeated: SMS arrive late and out of order, and users type the first.
    """

    keyring: Keyring
    codes: CodeSecrets
    resends: Resends
    human_checks: HumanChecks

    async def __call__(self, request: ResendRequest) -> PendingVerification:
        """Resend a code."""

        async def find_number() -> str:
            return (await self.resends.find_number(request)).e164

        human_check = await self.human_checks.verify(request.human_check, request.call, find_number)
        pending = await self.resends.resend(request, human_check, secret=self._new_secret(request))
        note(
            verification=pending.id, country=country_of(pending.phone), number=self.keyring.log_name(pending.phone.e164)
        )
        VERIFICATIONS.count(request.call.app.name, "resent")
        return pending

    def _new_secret(self, request: ResendRequest) -> bytes:
        """Return the secret of a new code; b"" to repeat the code."""
        app = request.call.app
        if not app.policy.resend_new_code:
            return b""
        return self.codes.create(app.policy.code_length, app=app.name, verification=request.verification_id)
