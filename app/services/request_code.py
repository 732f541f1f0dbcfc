"""Request a code: parse the number, apply the limits, generate a code, store the verification, queue its SMS."""

from dataclasses import dataclass

from app.domain.code import RandomBytes
from app.domain.errors import DestinationNotAllowed, OtpError
from app.domain.keyring import Keyring
from app.domain.phone_number import PhoneNumber, parse_phone_number
from app.domain.verification import CodeRequest, NewVerification, PendingVerification
from app.logs import note
from app.metrics.table import VERIFICATIONS
from app.services.parts.choose_language import check_reference, choose_language
from app.services.parts.code_generation import CodeSecrets, new_id
from app.services.parts.device_tokens import device_token_time
from app.services.parts.human_check import HumanChecks
from app.services.parts.send_costs import SendCosts
from app.store.caller_texts import CALLER_TEXT, CallerTexts
from app.store.verifications import Verifications


@dataclass(frozen=True, slots=True)
class RequestCode:
    """Stores a new verification of a number and queues its SMS, or refuses with the reason.

    It neither reveals, nor ends, nor uses up the attempts of another pending verification. A call
    that repeats an Idempotency-Key returns the first response.
    """

    keyring: Keyring
    codes: CodeSecrets
    verifications: Verifications
    human_checks: HumanChecks
    random_bytes: RandomBytes
    costs: SendCosts
    texts: CallerTexts

    async def __call__(self, request: CodeRequest) -> PendingVerification:
        """Request a code."""
        call, policy = request.call, request.call.app.policy

        def is_test_number(e164: str) -> bool:
            return policy.test_number(e164, request.day) is not None

        try:
            phone = parse_phone_number(
                request.phone_number, request.country, policy.numbers, is_test_number=is_test_number
            )
        except DestinationNotAllowed as closed:
            note(country=closed.country, number=self.keyring.log_name(closed.e164))
            raise
        note(country=phone.country, number=self.keyring.log_name(phone.e164))
        check_reference(request)

        async def find_number() -> str:
            return phone.e164

        human_check = await self.human_checks.verify(request.human_check, call, find_number)
        new = self._new_verification(request, phone)
        if request.text:  # before its job is queued
            await self.texts.save(request.text, app=call.app.name, id=new.id, lifetime=policy.code_lifetime)
        try:
            pending = await self.verifications.save(new, call, human_check)
        except OtpError:
            if request.text:
                await self.texts.delete(new.id)
            raise
        note(verification=pending.id)
        VERIFICATIONS.count(call.app.name, "requested")
        return pending

    def _new_verification(self, request: CodeRequest, phone: PhoneNumber) -> NewVerification:
        app, policy, id = request.call.app.name, request.call.app.policy, new_id("vf", self.random_bytes)
        test = policy.test_number(phone.e164, request.day)
        if test:
            secret = self.codes.create_fixed(test.code, app=app, verification=id)
        else:
            secret = self.codes.create(policy.code_length, app=app, verification=id)
        if request.text:
            locale, cost = CALLER_TEXT, self.costs.of_text(request.text, request.call.app, country=phone.country)
        else:
            locale = choose_language(request, phone)
            cost = self.costs.of(request.call.app, purpose=request.purpose, locale=locale, country=phone.country)
        return NewVerification(
            id=id,
            phone=phone,
            purpose=request.purpose,
            reference=request.reference,
            secret=secret,
            cost=0 if test else cost,
            locale=locale,
            subjects=request.subjects,
            device_since=device_token_time(
                request.device_token, app=app, e164=phone.e164, today=request.day, keyring=self.keyring
            ),
            is_test=test is not None,
        )
